/**
 * The listening page's code and style, bundled: what `report` puts into every page it writes, so that nobody who
 * opens one needs a network, a server or a build.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** In the order in which they apply. */
const styles = [
  'node_modules/uplot/dist/uPlot.min.css',
  ...['base', 'frame', 'live', 'player', 'matrix', 'compare', 'ranking', 'numbers'].map(
    (name) => `src/page/styles/${name}.css`,
  ),
];

/** What is bundled asks for its licence to go with it. */
const bundled = ['preact', '@preact/signals', '@preact/signals-core', 'uplot'];

export interface BundledPage {
  readonly script: string;
  readonly style: string;
}

export async function bundlePage(): Promise<BundledPage> {
  const bundle = await rolldown({
    input: at('src/page/main.tsx'),
    platform: 'browser',
    tsconfig: at('src/page/tsconfig.json'),
  });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  await bundle.close();
  const licences = bundled.map(
    (name) => `${name}\n\n${readFileSync(at(`node_modules/${name}/LICENSE`), 'utf8').trim()}\n`,
  );
  const code = `/*!\n${licences.join('\n')}*/\n${output[0].code}`;
  // The page carries it in a <script> element, which these would end or change the meaning of.
  const script = code.replaceAll(/<(?=\/script|!--)/gi, String.raw`\x3C`);
  return { script, style: readStyle() };
}

function readStyle(): string {
  const style = styles.map((path) => readFileSync(at(path), 'utf8')).join('\n');
  if (/<\/style/i.test(style)) throw new Error('a style would end its element');
  return style;
}
