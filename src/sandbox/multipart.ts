/**
 * Reads multipart/form-data (RFC 7578) that is wholly in memory, without copying it. The runtime's
 * own reader copies every file once more and is not meant for servers.
 */
export interface FormPart {
  readonly name: string;
  /** As the client says; '' when the part is a field and not a file. */
  readonly filename: string;
  readonly content: Buffer;
}

/** More parts than any client of this API sends. */
const mostParts = 1000;

/** The boundary of a content type; undefined when it names none. */
export function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"]+)"|([^;\s"]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** The parts in order; undefined when the body is not whole or not multipart. */
export function readMultipart(body: Buffer, boundary: string): FormPart[] | undefined {
  const delimiter = Buffer.from(`--${boundary}`);
  const between = Buffer.from(`\r\n--${boundary}`);
  const parts: FormPart[] = [];
  let at = body.subarray(0, delimiter.length).equals(delimiter)
    ? delimiter.length
    : after(body, between, 0);
  while (at !== undefined && parts.length <= mostParts) {
    if (body.toString('latin1', at, at + 2) === '--') return parts;
    const headersFrom = after(body, crlf, at);
    const contentFrom = after(body, blankLine, at);
    if (headersFrom === undefined || contentFrom === undefined) return undefined;
    const contentTo = body.indexOf(between, contentFrom - crlf.length);
    if (contentTo < 0) return undefined;
    const headers = body.toString('utf8', headersFrom, contentFrom);
    const name = parameter(headers, 'name');
    if (name === undefined) return undefined;
    parts.push({
      name,
      filename: parameter(headers, 'filename') ?? '',
      // An empty part ends where its headers do.
      content: body.subarray(contentFrom, Math.max(contentFrom, contentTo)),
    });
    at = contentTo + between.length;
  }
  return undefined;
}

const crlf = Buffer.from('\r\n');
const blankLine = Buffer.from('\r\n\r\n');

function after(body: Buffer, mark: Buffer, from: number): number | undefined {
  const found = body.indexOf(mark, from);
  return found < 0 ? undefined : found + mark.length;
}

/**
 * `name="..."` of the Content-Disposition header. Clients write quotes and newlines in it as %22, %0D
 * and %0A, as browsers do.
 */
function parameter(headers: string, name: string): string | undefined {
  const line = /^content-disposition:\s*form-data(.*)$/im.exec(headers)?.[1] ?? '';
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(line);
  const value = match?.[1] ?? match?.[2];
  return value?.replace(/%22/g, '"').replace(/%0D/gi, '\r').replace(/%0A/gi, '\n');
}
