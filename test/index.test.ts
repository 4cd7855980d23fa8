import { expect, test } from 'vitest';
import * as songbatch from '../src/index.ts';

test('the package exports these names; each is a promise to its users', () => {
  expect(Object.keys(songbatch).sort()).toMatchInlineSnapshot(`
    [
      "ApiFault",
      "DiskFault",
      "ManifestError",
      "StateError",
      "UsageError",
      "apiReasonOf",
      "callbackUrl",
      "cancelBatch",
      "createDownloader",
      "createEars",
      "createSocketHints",
      "createWebhookHints",
      "createWiroClient",
      "describeFailure",
      "exactUsd",
      "loadManifest",
      "makePlan",
      "openStore",
      "openStoreReader",
      "parseManifest",
      "plan",
      "renderProblem",
      "run",
      "runBatch",
      "similarity",
      "startSandbox",
    ]
  `);
});
