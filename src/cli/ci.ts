/** Which continuous integration service this runs in, by the environment that it gives to its jobs. Pure. */

export interface Ci {
  readonly name: string;
  /** Whose marks in a log its viewer understands: GitHub's annotations, GitLab's sections, or none. */
  readonly log: 'github' | 'gitlab' | 'plain';
}

/** The variable that tells of a service; the first that is set decides. */
const services: readonly (readonly [variable: string, ci: Ci])[] = [
  // Gitea, Forgejo and `act` say so too: they run the same workflows.
  ['GITHUB_ACTIONS', { name: 'GitHub Actions', log: 'github' }],
  ['GITLAB_CI', { name: 'GitLab CI', log: 'gitlab' }],
  ['JENKINS_URL', { name: 'Jenkins', log: 'plain' }],
  ['BUILDKITE', { name: 'Buildkite', log: 'plain' }],
  ['CIRCLECI', { name: 'CircleCI', log: 'plain' }],
  ['TF_BUILD', { name: 'Azure Pipelines', log: 'plain' }],
  ['TEAMCITY_VERSION', { name: 'TeamCity', log: 'plain' }],
  ['BITBUCKET_BUILD_NUMBER', { name: 'Bitbucket Pipelines', log: 'plain' }],
  ['TRAVIS', { name: 'Travis CI', log: 'plain' }],
  ['APPVEYOR', { name: 'AppVeyor', log: 'plain' }],
  ['CODEBUILD_BUILD_ID', { name: 'AWS CodeBuild', log: 'plain' }],
  ['CI', { name: 'CI', log: 'plain' }],
];

/** Undefined: a person's own machine, or one that says `CI=false`, whatever else is set. */
export function detectCi(environment: NodeJS.ProcessEnv): Ci | undefined {
  if (environment['CI'] !== undefined && !isOn(environment['CI'])) return undefined;
  return services.find(([variable]) => isOn(environment[variable]))?.[1];
}

function isOn(value = ''): boolean {
  return !/^(|0|false|no|off)$/i.test(value.trim());
}
