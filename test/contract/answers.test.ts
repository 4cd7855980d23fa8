/**
 * Both sides of the contract: our client takes every documented answer for what it is, and the embedded
 * server gives answers of the same shape to real requests.
 */
import { describe, expect, it } from 'vitest';

import vocabulary from '../../src/manifest/tag-vocabulary.json' with { type: 'json' };
import { createWiroClient, type WiroClient } from '../../src/wiro/client.ts';
import { type Envelope, first, post, start } from '../sandbox/rig.ts';
import { scriptedServer, text } from '../wiro/scripted-server.ts';
import { cases } from './cases.ts';
import { documented, documentedNames, documentedText, misfits } from './documents.ts';

it('has a case for every documented answer', () => {
  expect(cases.map((one) => one.documented).toSorted()).toEqual(documentedNames.toSorted());
});

describe.each(cases)('$name', (contract) => {
  const { shape, status = 200, ask, taken, provoke, without = [] } = contract;

  it('is understood by our client as it is documented', async () => {
    const answer = documentedText(contract.documented);
    await using server = await scriptedServer(
      text(answer, status, { 'content-type': 'application/json' }),
    );
    expect({ taken: await outcomeOf(ask, server.baseUrl) }).toMatchObject({ taken });
    expect(server.seen).toHaveLength(1);
  });

  it('is given by the embedded server as it is documented', async () => {
    const given = await provoke();
    expect(given.status).toBe(status);
    expect(misfits(`answers#${shape}`, given.answer)).toEqual([]);
    expect(refusalIn(given.answer)).toEqual(refusalIn(documented(contract.documented)));
    const lacking = missing(documented(contract.documented), given.answer);
    expect(lacking.toSorted()).toEqual(without.toSorted());
  });
});

describe('the model that the embedded server describes', () => {
  it('offers every option of the page, and no other', async () => {
    const slug = { slugowner: 'wiro', slugproject: 'text-to-song-with-reference-yue' };
    const { answer } = await post(await start(), 'Tool/Detail', slug);
    const groups = first(answer.tool)['parameters'] as {
      items: { id: string; options: { label: string; value: string }[] | null }[];
    }[];
    const items = groups.flatMap((group) => group.items);
    const offered = items.flatMap(({ id, options }) =>
      options ? [[id, options.map((option) => option.value)] as const] : [],
    );
    expect(Object.fromEntries(offered)).toEqual(vocabulary);
    expect(offered.map(([id, options]) => [id, new Set(options).size])).toEqual([
      ['audio_prompt_type', 3],
      ['genre', 135],
      ['instrument', 102],
      ['mood', 134],
      ['gender', 17],
      ['timbre', 181],
    ]);
  });
});

/** What a call comes to: its value, or what it was rejected with. */
async function outcomeOf(
  ask: (api: WiroClient) => Promise<unknown>,
  baseUrl: string,
): Promise<unknown> {
  const api = createWiroClient({ baseUrl, key: 'k', requestsPerSecond: 1000 });
  try {
    return await ask(api);
  } catch (error) {
    return error;
  } finally {
    await api.close();
  }
}

/** Code and words of a no, without what differs from one time to the next. */
function refusalIn(answer: unknown): string | undefined {
  const [error] = (answer as Envelope).errors;
  if (!error) return undefined;
  const words = error.message.replace(/\d+(\.\d+)?/g, '#').replace(/(killed: ).*/, '$1');
  return `${error.code} ${words}`;
}

/** The fields of one answer that another lacks; of lists, the first things are compared. */
function missing(shown: unknown, given: unknown): string[] {
  if (Array.isArray(shown) && Array.isArray(given)) {
    return shown.length > 0 && given.length > 0 ? missing(shown[0], given[0]) : [];
  }
  if (!isObject(shown) || !isObject(given)) return [];
  return Object.entries(shown).flatMap(([name, value]) => {
    if (!Object.hasOwn(given, name)) return [name];
    // What a task was sent is its own; a list of that name is what a model takes.
    if (name === 'parameters' && !Array.isArray(value)) return [];
    return missing(value, given[name]);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
