/**
 * Takes secrets out of text that somebody may get to read. What a server says is redacted where it comes
 * in (`wiro/credentials.ts`), before it is cut or kept; all that the process writes passes here once more
 * (`cli/terminal.ts`), whoever made it.
 */

export type Redact = (text: string) => string;

const removed = '***';
/** A shorter word is no secret, and taking it out would tear holes into ordinary text. */
const shortest = 8;

/** User and password of a URL, with whatever a careless hand did not escape in them. */
const userInfo = /:\/\/(?!\*+@)[^\s/?#"'<>\p{Cc}]*@/gu;
/** The same where a text was cut in it; digits are a port. */
const cutUserInfo = /:\/\/[^\s/?#"'<>\p{Cc}@…:]*:(?!\d*…)[^\s/?#"'<>\p{Cc}@…]*…/gu;
/** What is behind the name of something that lets whoever knows it act in our place. */
const named =
  /\b(x-api-key|x-signature|socketaccesstoken|tasktoken)(\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,;&<>{}]+/gi;
/** The token of a callback URL (`callback.ts`), also as somebody may have escaped it on its way. */
const callbackMark = /(songbatch(?:=|%3D))[0-9a-f]{32}/gi;

/** @param secrets those in force; empty ones do no harm */
export function createRedactor(secrets: readonly string[]): Redact {
  const words = secrets
    .filter((secret) => secret.length >= shortest)
    .flatMap(spellings)
    // One secret may be a part of another.
    .sort((one, other) => other.length - one.length);
  return (text) =>
    words
      .reduce((rest, word) => rest.replaceAll(word, removed), text)
      .replace(userInfo, `://${removed}@`)
      .replace(cutUserInfo, `://${removed}…`)
      .replace(named, `$1$2${removed}`)
      .replace(callbackMark, `$1${removed}`);
}

/** A secret as it is, as it stands in a URL, and as it stands in JSON. */
function spellings(secret: string): string[] {
  const inUrl = encodeURIComponent(secret.toWellFormed());
  const inJson = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, inUrl, inJson])];
}
