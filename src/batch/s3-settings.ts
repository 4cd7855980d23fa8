/** How an S3 server is reached, where that is said to us and not to the AWS SDK. */
import type { Config } from './config.ts';
import { firstSaid, variable, type Said } from './said.ts';
import { UsageError } from './usage-error.ts';

/** What nobody says here the SDK finds for itself: in its own files, or from the machine that it runs on. */
export interface SaidS3 {
  readonly endpoint: Said<string> | undefined;
  readonly region: Said<string> | undefined;
  readonly pathStyle: Said<boolean> | undefined;
}

/** Throws `UsageError`. */
export function saidS3({ s3 }: Config, environment: NodeJS.ProcessEnv): SaidS3 {
  const endpoint = firstSaid({
    environment:
      variable(environment, 'AWS_ENDPOINT_URL_S3') ?? variable(environment, 'AWS_ENDPOINT_URL'),
    configuration: s3?.endpoint,
  });
  if (endpoint) expectEndpoint(endpoint.value);
  const region = variable(environment, 'AWS_REGION');
  return {
    endpoint,
    region: firstSaid({ environment: region, configuration: s3?.region }),
    pathStyle: firstSaid({ configuration: s3?.pathStyle }),
  };
}

function expectEndpoint(text: string): void {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === '') return;
  // Not shown as it was written: it may hold a password.
  throw new UsageError(
    'AWS_ENDPOINT_URL_S3 (or s3.endpoint in the configuration) is not an http(s) URL without user',
    'leave it out for Amazon S3',
  );
}
