/**
 * The address that a Run carries as `callbackUrl`: where Wiro posts when the task ends, and by the token
 * in it the one mark by which a task in the list is known to be of one submission and of no other.
 */

const parameter = 'songbatch';
/** Also as somebody may have escaped it on its way. */
const mark = /songbatch(?:=|%3D)([0-9a-f]{32})(?![0-9a-f])/i;

/**
 * The token stands in the query, so that whoever forwards the webhook's path needs no rule for more.
 *
 * @param webhook an http(s) URL, public
 * @param token 32 hex digits, unguessable, fresh for every submission
 */
export function callbackUrl(webhook: string, token: string): string {
  const url = new URL(webhook);
  // Setting or deleting a parameter writes all of them anew, and somebody may have signed them.
  if (url.searchParams.has(parameter)) url.searchParams.delete(parameter);
  url.search += `${url.search === '' ? '' : '&'}${parameter}=${token}`;
  return url.href;
}

/** The token of a callback URL, whole or from its path on; undefined where it is not one of ours. */
export function callbackToken(url: string): string | undefined {
  return mark.exec(url)?.[1]?.toLowerCase();
}
