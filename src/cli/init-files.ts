/** What `songbatch init` writes: text made of answers, checked by the tests against what a run takes. */

export const ciServices = ['github', 'gitlab', 'none'] as const;

export type CiService = (typeof ciServices)[number];

export interface Answers {
  /** Of the batch, as a manifest takes it. */
  readonly name: string;
  /** USD, as a configuration takes it. */
  readonly budget: string;
  readonly ci: CiService;
}

export interface NewFile {
  /** Below the folder, `/` between folders. */
  readonly path: string;
  readonly text: string;
}

/** Where the schema is kept for editors: beside the models that the project knows. */
export const schemaPath = '.songbatch/manifest.schema.json';

/** Lines that keep songs and credentials out of a repository. */
export const ignored = ['out/', '.env'] as const;

/**
 * The workflow that the package has for each CI, the batch that it is about, and where it is looked for. That for
 * GitHub buys what was approved, that for GitLab is started by hand or by a schedule: neither buys unasked.
 */
export const workflows = {
  github: {
    example: 'examples/ci/github-approval.yml',
    batch: 'quickstart',
    path: '.github/workflows/songs.yml',
  },
  gitlab: { example: 'examples/ci/gitlab-ci.yml', batch: 'nightly', path: '.gitlab-ci.yml' },
} as const;

export function newFiles({ name, budget }: Answers): readonly NewFile[] {
  return [
    { path: manifestPath(name), text: manifestText(name) },
    { path: 'batches/lyrics/first-light.txt', text: lyrics },
    { path: 'songbatch.config.yaml', text: configText(budget) },
  ];
}

export function manifestPath(name: string): string {
  return `batches/${name}.yaml`;
}

/** A name that a manifest takes, from whatever a folder is called. */
export function nameFrom(text: string): string {
  const name = text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);
  return isName(name) ? name : `songs-${name}`.slice(0, 64).replace(/-+$/, '');
}

/** As `name` in schemas/manifest.schema.json; and text to YAML without quotes, which a number or a truth is not. */
export function isName(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,63}$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(text);
}

function manifestText(name: string): string {
  return `# yaml-language-server: $schema=../${schemaPath}
#
# A batch of songs: every combination of the matrix is a job, and each is bought once.
#   songbatch lint ${manifestPath(name)}             is everything right?
#   songbatch plan ${manifestPath(name)}             what would it do, and cost?
#   songbatch run ${manifestPath(name)} --sandbox    try it: real songs, not YuE's; no key, no cost
#   songbatch run ${manifestPath(name)} --budget 1   buy them; run it again and it goes on
name: ${name}

# Parameters that every job gets, unless an axis says otherwise.
defaults:
  gender: female
  timbre: bright vocal

matrix:
  # Text files with sections: [verse], [chorus], ...
  lyrics:
    - lyrics/*.txt
  # Named combinations of genre, instrument, mood, gender and timbre.
  tags:
    - { id: kitchen-pop, genre: Pop, instrument: [acoustic guitar, drums], mood: happy }
    - { id: night-jazz, genre: jazz, instrument: [Piano, bass], mood: Calm }
  # Songs to clone from, by URL or from this machine; then what is cloned matters, too.
  # reference:
  #   - { id: neon, url: "https://example.com/neon.mp3" }
  # clone: [vocal, instrumental, both]
  seed: { from: 1, to: 2 }

# exclude: [{ tags: night-jazz, seed: 2 }]
# include: [{ lyrics: first-light, tags: kitchen-pop, seed: 42 }]

limits:
  tasks: 4 # in flight at once
  jobs: 100 # a plan with more is refused
  deadline: 55m # of one run; the next goes on

# Songs that do not come up to these fail their job.
checks: { minSeconds: 5, maxSilence: 60% }

output:
  dir: out/${name}
  name: '{lyrics}/{tags}_s{seed}'
`;
}

function configText(budget: string): string {
  return `# Settings for all batches of this project; songbatch config shows what holds and why.
# Secrets have no place here: set WIRO_API_KEY (and WIRO_API_SECRET), or use --env-file .env

# What no manifest and no flag may exceed.
limits:
  budget: ${budget} # USD for one batch
  tasks: 20 # in flight at once

# logFormat: json
# timeouts: { answer: 30s, download: 30s }
`;
}

const lyrics = `[verse]
First light is climbing up the stair
The kettle sings, there's music in the air

[chorus]
Sing it once and sing it new
Every morning starts with you

[verse]
The street below is waking slow
A bicycle, a radio

[chorus]
Sing it once and sing it new
Every morning starts with you
`;
