/** The work of `songbatch schema --refresh`: asks what a model takes, and shows what has changed. */
import { dirname, join } from 'node:path';
import { shownPath } from '../../batch/batch.ts';
import { loadConfig } from '../../batch/config.ts';
import { modelFile } from '../../batch/disk-sources.ts';
import { chooseService, connect, noAnswer } from '../../batch/service.ts';
import { UsageError } from '../../batch/usage-error.ts';
import { ApiFault } from '../../job/api-fault.ts';
import { exactUsd, parseUsd } from '../../job/money.ts';
import { compareModels } from '../../manifest/model-changes.ts';
import {
  isModelName,
  largestModelFile,
  modelFilePath,
  modelFileText,
  readModelFile,
  type ModelFile,
} from '../../manifest/model-file.ts';
import { yue, yueModel } from '../../manifest/yue.ts';
import { OutputError } from '../../outputs/output-error.ts';
import { writeWhole } from '../../outputs/whole-file.ts';
import { isUnchanged, modelJson, modelText, type ModelFacts } from '../../report/model-report.ts';
import type { Tool } from '../../wiro/model-description.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import type { SchemaFlags } from './schema.ts';

export async function refreshModel(flags: SchemaFlags, invocation: Invocation): Promise<ExitCode> {
  const { terminal, workingDirectory } = invocation;
  const model = modelOf(flags.model);
  const known = findKnown(model, flags, invocation);
  const { url, tool } = await ask(model, known, flags, invocation);
  const { was } = known;
  const before = was?.price === undefined ? undefined : parseUsd(was.price);
  const written = flags.write && (await keep(tool, known.path, workingDirectory));
  const facts: ModelFacts = {
    model,
    service: url,
    known: known.shown,
    changes: compareModels(was ?? { model, parameters: [] }, tool),
    price: {
      ...(before !== undefined && { was: before }),
      ...(tool.perTask !== undefined && { now: tool.perTask }),
    },
    ...(written !== undefined && { written: shownPath(written, workingDirectory) }),
  };
  terminal.print(flags.json ? JSON.stringify(modelJson(facts), undefined, 2) : modelText(facts));
  return flags.check && !isUnchanged(facts) ? exitCodes.failed : exitCodes.done;
}

function modelOf(written = yueModel): string {
  if (isModelName(written)) return written.toLowerCase();
  throw new UsageError(`--model ${written}: expected owner/name`, `for example ${yueModel}`);
}

interface Known {
  readonly shown: ModelFacts['known'];
  readonly was: ModelFile | undefined;
  /** Where the file is, or would be. */
  readonly path: string;
}

/** What holds for manifests in the working directory. */
function findKnown(
  model: string,
  { write }: SchemaFlags,
  { workingDirectory, terminal }: Invocation,
): Known {
  const shipped: Known = {
    shown: { from: model === yueModel ? 'songbatch' : 'nothing' },
    was: model === yueModel ? yue : undefined,
    path: join(workingDirectory, modelFilePath(model)),
  };
  const found = modelFile(model, workingDirectory);
  if (!found) return shipped;
  const { path, text } = found;
  const shown = shownPath(path, workingDirectory);
  const was = typeof text === 'string' ? readModelFile(text, model) : text;
  if (!('unreadable' in was)) {
    const { readAt } = was;
    return {
      shown: { from: 'file', path: shown, ...(readAt !== undefined && { readAt }) },
      was,
      path,
    };
  }
  const problem = `${shown} cannot be used: ${was.unreadable}`;
  if (!write) throw new UsageError(problem, 'mend or remove it, or add --write to write it anew');
  terminal.tell(`warning: ${problem}; it is written anew`);
  return { ...shipped, path };
}

async function ask(
  model: string,
  { was }: Known,
  flags: SchemaFlags,
  invocation: Invocation,
): Promise<{ url: string; tool: Tool }> {
  const { environment, terminal } = invocation;
  const config = await loadConfig(invocation);
  const choice = chooseService(flags.sandbox ?? false, config, environment);
  const service = await connect(choice, 1, { tell: terminal.tell, models: was ? [was] : [] });
  const url = choice.kind === 'embedded' ? choice.name : service.url;
  const patience = AbortSignal.timeout(service.patience);
  try {
    const tool = await service.describe(model, patience);
    if (!tool) {
      const hint = 'check its name: it is written owner/name';
      throw new UsageError(`${url} has no model ${model}`, hint);
    }
    if (tool.parameters.length === 0) {
      const hint = 'its manifests are not checked, unless you write its file by hand';
      throw new UsageError(`${url} lists no parameters of ${model}`, hint);
    }
    return { url, tool };
  } catch (error) {
    if (patience.aborted) throw new ApiFault('unreachable', `${url}: ${noAnswer(service)}`);
    throw error;
  } finally {
    await service.close();
  }
}

async function keep(tool: Tool, path: string, workingDirectory: string): Promise<string> {
  const text = modelFileText({
    model: tool.model,
    readAt: new Date().toISOString(),
    ...(tool.perTask !== undefined && { price: exactUsd(tool.perTask) }),
    parameters: tool.parameters,
  });
  const bytes = Buffer.byteLength(text);
  const check =
    bytes > largestModelFile
      ? { unreadable: `it has ${bytes} bytes, and ${largestModelFile} are the most that is taken` }
      : readModelFile(text, tool.model);
  if ('unreadable' in check) {
    throw new UsageError(`what the API says cannot be kept in a file: ${check.unreadable}`);
  }
  try {
    await writeWhole(path, [text]);
  } catch (error) {
    if (!(error instanceof OutputError) || error.kind === 'full') throw error;
    const folder = shownPath(dirname(path), workingDirectory);
    throw new UsageError(error.message, `the file belongs into ${folder}`);
  }
  return path;
}
