/** Whether a process can work, asked of whoever knows; for load balancers, and for people who wonder. */

/**
 * What a process needs, by name (`database`): undefined where it is well, else why not, in words that
 * anybody may read. One that rejects is not well either; its message is not shown.
 */
export type Checks = Readonly<
  Record<string, () => string | undefined | Promise<string | undefined>>
>;

/** Why it cannot work, by the name of the check; nothing where it can. */
export type Unfit = Readonly<Record<string, string>>;

/** Milliseconds that a check may take. */
const patience = 2_000;

/** While an answer is being found, whoever asks gets that one: asking often costs no more. */
export function createReadiness(checks: Checks): () => Promise<Unfit> {
  let underWay: Promise<Unfit> | undefined;
  return () =>
    (underWay ??= askAll(checks).finally(() => {
      underWay = undefined;
    }));
}

async function askAll(checks: Checks): Promise<Unfit> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await ask(check)] as const),
  );
  return Object.fromEntries(
    answers.flatMap(([name, why]) => (why === undefined ? [] : [[name, why]])),
  );
}

async function ask(check: Checks[string]): Promise<string | undefined> {
  const inTime = Promise.withResolvers<string>();
  const timer = setTimeout(() => {
    inTime.resolve(`no answer within ${patience / 1000} s`);
  }, patience);
  try {
    return await Promise.race([check(), inTime.promise]);
  } catch {
    return 'it cannot be told';
  } finally {
    clearTimeout(timer);
  }
}
