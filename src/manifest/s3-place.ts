/**
 * `s3://bucket/prefix`: a place for songs that is no folder. It is part of the manifest's language, so it is
 * read here; what the bucket says is not asked.
 */
import { quoted } from './findings.ts';

export interface S3Place {
  readonly bucket: string;
  /** What the key of every object begins with: empty, or with `/` at its end. */
  readonly prefix: string;
}

export interface S3Fault {
  readonly fault: string;
  readonly hint: string;
}

/** Whether a text is meant as such a place, right or wrong: no folder is called so on purpose. */
export function isRemote(text: string): boolean {
  return /^(s3:|[a-z][a-z0-9+.-]+:\/\/)/i.test(text);
}

const example = 's3://bucket/prefix';
/** Bytes of an object's key, by the API; the song's name below the prefix needs some of them. */
const longestPrefix = 512;

/** One form for what means the same: no `/` at the end of it counts. */
export function parseS3Place(text: string): S3Place | S3Fault {
  const match = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(text);
  if (!match) {
    return {
      fault: `${quoted(text)} is neither a folder nor in a bucket`,
      hint: `write ${example}`,
    };
  }
  const [, bucket = '', path = ''] = match;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || bucket.includes('..')) {
    return {
      fault: bucket === '' ? `${quoted(text)} names no bucket` : `${quoted(bucket)} is no bucket`,
      hint: `write ${example}; the name of a bucket is 3 to 63 of a-z, 0-9, "-" and "."`,
    };
  }
  const folders = path.replace(/\/+$/, '').split('/');
  if (folders.length === 1 && folders[0] === '') return { bucket, prefix: '' };
  if (folders.some((name) => /^\.{0,2}$|[\p{Cc}\\]/u.test(name))) {
    return {
      fault: `${quoted(path)} is no prefix of songs: "", "." and ".." are no folders, and "\\" is no letter`,
      hint: `write ${example}, with one "/" between folders`,
    };
  }
  if (Buffer.byteLength(path) > longestPrefix) {
    return {
      fault: `the prefix is longer than ${longestPrefix} bytes`,
      hint: 'choose a shorter one',
    };
  }
  return { bucket, prefix: `${folders.join('/')}/` };
}

/** As people write it. */
export function showS3Place({ bucket, prefix }: S3Place): string {
  return `s3://${bucket}/${prefix}`.replace(/\/$/, '');
}
