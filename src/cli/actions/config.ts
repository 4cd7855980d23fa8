/** The work of `songbatch config`. */
import { findConfig } from '../../batch/config.ts';
import { ManifestError } from '../../batch/manifest-error.ts';
import { readManifest } from '../../batch/manifest-file.ts';
import { standIns } from '../../manifest/run-values.ts';
import { settingsInForce, type SettingSources } from '../../batch/settings.ts';
import { settingsJson, settingsText, type SettingsFacts } from '../../report/settings-report.ts';
import type { Invocation } from '../invocation.ts';
import { warnOfVariables } from '../warn-on.ts';

export interface ConfigFlags {
  readonly json?: true;
}

export async function showSettings(
  path: string | undefined,
  flags: ConfigFlags,
  invocation: Invocation,
): Promise<void> {
  const { terminal, environment, fromEnvFiles, workingDirectory } = invocation;
  const manifest = path === undefined ? undefined : limitsOf(path, workingDirectory);
  const found = await findConfig(invocation);
  warnOfVariables(invocation);
  const sources = { found, environment, fromEnvFiles, ...(manifest && { manifest }) };
  const facts: SettingsFacts = { file: found.file, settings: settingsInForce(sources) };
  terminal.print(
    flags.json ? JSON.stringify(settingsJson(facts), undefined, 2) : settingsText(facts),
  );
}

function limitsOf(path: string, workingDirectory: string): SettingSources['manifest'] {
  const { manifest, placeOf, problems } = readManifest(path, workingDirectory, standIns);
  if (!manifest || !placeOf) throw new ManifestError(problems);
  return { limits: manifest.limits, placeOf };
}
