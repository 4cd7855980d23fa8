import { expect, test } from 'vitest';
import * as songbatch from '../src/index.ts';

test('the package exports these names; each is a promise to its users', () => {
  expect(Object.keys(songbatch).sort()).toMatchInlineSnapshot(`
    [
      "ApiFault",
      "StateError",
      "apiReasonOf",
      "callbackUrl",
      "cancelBatch",
      "createDownloader",
      "createEars",
      "createSocketHints",
      "createWebhookHints",
      "createWiroClient",
      "describeFailure",
      "makePlan",
      "openStore",
      "openStoreReader",
      "parseManifest",
      "renderProblem",
      "runBatch",
      "similarity",
      "startSandbox",
    ]
  `);
});
