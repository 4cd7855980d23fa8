/** What holds and where it was set: for people as a table, for machines as JSON. */
import { printable } from './words.ts';

export interface SettingsFacts {
  /** The configuration's file as the user would type it; undefined where there is none. */
  readonly file: string | undefined;
  readonly settings: readonly SettingFacts[];
}

interface SettingFacts extends HeldFacts {
  readonly name: string;
  readonly flag?: string;
  readonly variable?: string;
  readonly instead?: HeldFacts;
}

interface HeldFacts {
  readonly value: string | number | null;
  readonly from: 'flag' | 'environment' | 'manifest' | 'configuration' | 'default';
  readonly place?: string;
}

const units: Readonly<Record<string, string>> = { 'limits.budget': ' USD' };

export function settingsText({ file, settings }: SettingsFacts): string {
  const rows = settings.map((setting) => [setting.name, valueText(setting), originText(setting)]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  const head = file === undefined ? 'no configuration file' : `configuration: ${printable(file)}`;
  return [head, '', ...lines.map((line) => `  ${line}`.trimEnd())].join('\n');
}

/** Nothing but what can be said in JSON is in it. */
export function settingsJson({ file, settings }: SettingsFacts): unknown {
  return { configuration: file ?? null, settings };
}

function valueText({ name, value }: SettingFacts): string {
  return value === null ? 'not set' : `${printable(String(value))}${units[name] ?? ''}`;
}

function originText(setting: SettingFacts): string {
  const { name, variable, from, instead } = setting;
  if (setting.value === null) return '';
  const own = from === 'environment' && variable !== name ? ` (${variable ?? ''})` : '';
  const other = instead ? `, instead of ${instead.value ?? ''} (${placeText(instead)})` : '';
  return placeText(setting) + own + other;
}

function placeText({ from, place }: HeldFacts): string {
  return place === undefined ? from : printable(place);
}
