/** Timeout (ms) of the whole answer, because a user waits for it. */
const TIMEOUT_MS = 1000;
/** A range has about 2,000 lines of 40 bytes. */
export const MAX_RANGE_BYTES = 512 * 1024;
const SUFFIX_LENGTH = 35;

/**
 * Requests the published SHA-1 hashes that begin with a prefix of five hex digits. `Add-Padding` makes the service add
 * made-up hashes, so that the length of the encrypted answer does not tell the prefix.
 * @returns the rest of each hash, in upper case, without the made-up ones
 * @throws Error if the service does not answer with a range in time
 */
export async function askRange(baseUrl: string, prefix: string): Promise<string[]> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Error(`no answer within ${TIMEOUT_MS} ms`)),
    TIMEOUT_MS,
  );
  try {
    const response = await fetch(`${baseUrl}/${prefix}`, {
      headers: { 'add-padding': 'true', accept: 'text/plain', 'user-agent': 'gatehouse' },
      // SSRF: a redirect could make the gateway request hosts of its internal network.
      redirect: 'error',
      signal: controller.signal,
    });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return parseRange(await readText(response));
  } finally {
    clearTimeout(timer);
    // Frees the socket of an answer that was not read.
    controller.abort();
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_RANGE_BYTES) throw new Error(`the answer has over ${MAX_RANGE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}

/** Lines of `suffix:count`. The count of a made-up hash is 0. */
function parseRange(text: string): string[] {
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (lines.length === 0) throw new Error('the answer is empty');
  return lines.flatMap((line) => {
    const [suffix = '', count = '', ...rest] = line.split(':');
    const isSuffix = suffix.length === SUFFIX_LENGTH && /^[\dA-F]+$/i.test(suffix);
    if (!isSuffix || !/^\d+$/.test(count) || rest.length > 0) throw new Error('the answer is not a range');
    return Number(count) === 0 ? [] : [suffix.toUpperCase()];
  });
}
