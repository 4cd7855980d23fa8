/** What a shell offers behind `--only axis=`: the labels of that axis, in a manifest that stands on the line. */
import { readManifest } from '../../batch/manifest-file.ts';
import { standIns } from '../../manifest/run-values.ts';

/** Nobody looks through more. */
const most = 500;

/** None where the manifest cannot be read or has errors: a TAB is not the time to tell of them. */
export function labelChoices(
  path: string,
  axisName: string,
  workingDirectory: string,
): readonly string[] {
  const { manifest } = readManifest(path, workingDirectory, standIns);
  if (!manifest) return [];
  const labels = new Set<string>();
  for (const { name, size, at } of manifest.axes) {
    if (name !== axisName) continue;
    for (let index = 0; index < Math.min(size, most); index++) labels.add(at(index).label);
  }
  for (const { values } of manifest.include) {
    for (const [name, { label }] of values) if (name === axisName) labels.add(label);
  }
  return [...labels];
}
