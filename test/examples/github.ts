/**
 * As much of GitHub Actions as the examples use: jobs in the order of their needs, each on a fresh machine,
 * their matrix, expressions, `run` steps in bash, and the actions that check out, cache, and carry
 * artifacts. What it does not know it refuses, so that no example can use it untried.
 *
 * Expressions are evaluated as JavaScript, which those in the examples are as well.
 */
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, matchesGlob, relative } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { Project } from './project.ts';

export interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface Occasion {
  readonly event: 'schedule' | 'push' | 'pull_request' | 'workflow_dispatch';
  readonly inputs?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

type Result = 'success' | 'failure' | 'skipped';

export interface Outcome {
  readonly results: Readonly<Record<string, Result>>;
  /** Of each job. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of all steps, for messages. */
  readonly printed: string;
  /** Folders by their names. */
  readonly artifacts: ReadonlyMap<string, string>;
}

export interface GitHub {
  /** Folders by their keys, the latest last. They outlive runs. */
  readonly caches: Map<string, string>;
  readonly run: (workflow: Workflow, occasion: Occasion) => Promise<Outcome>;
}

export function createGitHub(project: Project): GitHub {
  const caches = new Map<string, string>();
  let runs = 0;
  return { caches, run: (workflow, occasion) => runWorkflow(workflow, occasion, String(++runs)) };

  async function runWorkflow(
    { jobs }: Workflow,
    occasion: Occasion,
    runId: string,
  ): Promise<Outcome> {
    const artifacts = new Map<string, string>();
    const needs: Record<string, { result: Result; outputs: Record<string, string> }> = {};
    let printed = '';

    for (const [name, job] of Object.entries(jobs)) {
      const contexts: Contexts = {
        github: { event_name: occasion.event, run_id: runId, run_attempt: '1' },
        inputs: occasion.inputs ?? {},
        secrets: occasion.secrets ?? {},
        needs,
        matrix: {},
        steps: {},
      };
      const own = [job.needs ?? []].flat().map((needed) => needs[needed]?.result);
      const isWanted = job.if === undefined || isTrue(job.if, contexts);
      const isReady = job.if !== undefined || own.every((result) => result === 'success');
      needs[name] = { result: 'skipped', outputs: {} };
      if (!isWanted || !isReady) continue;
      const machines = await Promise.all(
        combinations(job).map((matrix) => runJob(job, { ...contexts, matrix, steps: {} })),
      );
      const isDone = machines.every((machine) => machine.result === 'success');
      needs[name] = { result: isDone ? 'success' : 'failure', outputs: machines[0]?.outputs ?? {} };
      printed += machines.map((machine) => machine.printed).join('');
    }
    const ended = Object.entries(needs);
    return {
      results: Object.fromEntries(ended.map(([name, { result }]) => [name, result])),
      outputs: Object.fromEntries(ended.map(([name, { outputs }]) => [name, outputs])),
      printed,
      artifacts,
    };

    async function runJob(job: Job, contexts: Contexts) {
      const folder = project.emptyFolder();
      let result: Result = 'success';
      let said = '';
      for (const step of job.steps) {
        const isWanted = step.if === undefined ? result === 'success' : isTrue(step.if, contexts);
        if (!isWanted) continue;
        const inputs = texts(step.with, contexts);
        if (step.uses !== undefined) {
          use(step.uses, inputs, folder);
          continue;
        }
        const output = join(project.emptyFolder(), 'output');
        const environment = {
          CI: 'true',
          GITHUB_ACTIONS: 'true',
          GITHUB_RUN_ID: runId,
          GITHUB_WORKSPACE: folder,
          GITHUB_OUTPUT: output,
          GITHUB_STEP_SUMMARY: `${output}.md`,
          ...texts(job.env, contexts),
          ...texts(step.env, contexts),
        };
        const ended = await project.bash(filled(step.run ?? '', contexts), folder, environment);
        said += `$ ${step.run ?? ''}\n${ended.printed}`;
        if (ended.code !== 0) {
          result = 'failure';
          said += `(exit code ${ended.code ?? 'none'})\n`;
        }
        if (step.id !== undefined) contexts.steps[step.id] = { outputs: outputsIn(output) };
      }
      return { result, printed: said, outputs: texts(job.outputs, contexts) };
    }

    function use(action: string, inputs: Readonly<Record<string, string>>, folder: string): void {
      const { path = '', key = '', name = '' } = inputs;
      const paths = path.split('\n').filter((line) => line !== '');
      switch (action.replace(/@v\d+$/, '')) {
        case 'actions/checkout':
          cpSync(project.folder, folder, { recursive: true });
          return;
        case 'actions/setup-node':
          return;
        case 'actions/cache/restore': {
          const kept = latest([key, ...(inputs['restore-keys'] ?? '').split('\n')]);
          if (kept !== undefined) cpSync(kept, join(folder, path), { recursive: true });
          return;
        }
        case 'actions/cache/save':
          // A key is written once.
          if (!caches.has(key) && existsSync(join(folder, path))) {
            caches.set(key, copyOf(join(folder, path)));
          }
          return;
        case 'actions/upload-artifact': {
          const found = paths.map((each) => join(folder, each)).filter((each) => existsSync(each));
          if (artifacts.has(name) && inputs['overwrite'] !== 'true') {
            throw new Error(`there is an artifact ${name} already`);
          }
          artifacts.set(name, packed(found, folder));
          return;
        }
        case 'actions/download-artifact':
          for (const [each, content] of artifacts) {
            if (!matchesGlob(each, inputs['pattern'] ?? '*')) continue;
            cpSync(content, join(folder, path, each), { recursive: true });
          }
          return;
        default:
          throw new Error(`this runner does not know ${action}`);
      }
    }
  }

  /** The newest cache that begins with the first of these keys for which there is one. */
  function latest(keys: readonly string[]): string | undefined {
    for (const wanted of keys.filter((key) => key !== '')) {
      const found = [...caches].findLast(([key]) => key.startsWith(wanted));
      if (found) return found[1];
    }
    return undefined;
  }

  function copyOf(path: string): string {
    const copy = project.emptyFolder();
    cpSync(path, copy, { recursive: true });
    return copy;
  }

  /** One path: what is in it, or the file. Several: below the folder that they share. */
  function packed(paths: readonly string[], workspace: string): string {
    const [only] = paths;
    if (only !== undefined && paths.length === 1) {
      if (readable(only)) return copyOf(only);
      workspace = dirname(only);
    }
    const folder = project.emptyFolder();
    for (const path of paths) {
      const target = join(folder, relative(workspace, path) || basename(path));
      mkdirSync(dirname(target), { recursive: true });
      cpSync(path, target, { recursive: true });
    }
    return folder;
  }
}

interface Contexts {
  readonly github: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly needs: Readonly<Record<string, unknown>>;
  readonly matrix: Readonly<Record<string, unknown>>;
  readonly steps: Record<string, { readonly outputs: Readonly<Record<string, string>> }>;
}

function evaluate(expression: string, contexts: Contexts): unknown {
  const functions = { always: () => true, cancelled: () => false };
  return runInNewContext(expression, { ...contexts, ...functions });
}

function isTrue(condition: string, contexts: Contexts): boolean {
  return Boolean(evaluate(condition.replace(/^\$\{\{(.*)\}\}$/s, '$1'), contexts));
}

function filled(text: string, contexts: Contexts): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) => {
    const value = evaluate(expression, contexts) ?? '';
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw new Error(`${expression} is no text`);
  });
}

function texts(
  values: Readonly<Record<string, unknown>> | undefined,
  contexts: Contexts,
): Record<string, string> {
  const entries = Object.entries(values ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, filled(String(value), contexts)]));
}

function combinations({ strategy }: Job): readonly Readonly<Record<string, unknown>>[] {
  return Object.entries(strategy?.matrix ?? {}).reduce<Record<string, unknown>[]>(
    (all, [axis, values]) =>
      all.flatMap((one) => values.map((value) => ({ ...one, [axis]: value }))),
    [{}],
  );
}

function outputsIn(file: string): Record<string, string> {
  appendFileSync(file, '');
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

function readable(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
