/** Opens the bucket that songs go to, with the package that speaks to it. */
import type { Bucket } from '../bucket/bucket.ts';
import { openBucket } from '../bucket/s3-bucket.ts';
import { showS3Place, type S3Place } from '../manifest/s3-place.ts';
import type { Config } from './config.ts';
import { saidS3 } from './s3-settings.ts';
import { UsageError } from './usage-error.ts';

/** Throws `UsageError` where the package or its settings are not as they must be. Nobody has been asked yet. */
export async function bucketAt(
  place: S3Place,
  config: Config,
  environment: NodeJS.ProcessEnv,
): Promise<Bucket> {
  const { endpoint, region, pathStyle } = saidS3(config, environment);
  return openBucket(await loadSdk(place), place, {
    ...(endpoint && { endpoint: endpoint.value }),
    ...(region && { region: region.value }),
    ...(pathStyle && { pathStyle: pathStyle.value }),
  });
}

async function loadSdk(place: S3Place) {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!code.endsWith('MODULE_NOT_FOUND')) throw error;
    throw new UsageError(
      `songs go to ${showS3Place(place)}, and the package that speaks to S3 is not installed`,
      'npm install @aws-sdk/client-s3',
    );
  }
}
