export interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
  /** The last `id` of the stream so far. */
  readonly lastEventId: string;
}

/** Characters of one line, and of the data of one event. */
const MAX_LENGTH = 64 * 1024;

/**
 * Parses a stream of server-sent events (HTML Living Standard §9.2.6). Chunks may be split anywhere. Lines end with LF,
 * CR or CRLF.
 */
export class SseParser {
  readonly #decoder = new TextDecoder('utf-8');
  /** The line so far that has no end yet. */
  #rest = '';
  /** The last chunk ended with CR, so a LF at the start of the next one belongs to it. */
  #skipsLf = false;
  #type = '';
  #data: string[] = [];
  #dataLength = 0;
  #id = '';

  constructor(readonly onEvent: (event: ServerSentEvent) => void) {}

  /** @throws Error if a line or an event is too long; errors of `onEvent` */
  push(chunk: Uint8Array): void {
    let text = this.#decoder.decode(chunk, { stream: true });
    if (text === '') return;
    if (this.#skipsLf && text.startsWith('\n')) text = text.slice(1);
    this.#skipsLf = text.endsWith('\r');
    const lines = text.split(/\r\n|\r|\n/);
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#take(line);
    if (this.#rest.length > MAX_LENGTH) throw new Error('the feed sent a line that is too long');
  }

  #take(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(':');
    // A line that begins with a colon is a comment.
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const start = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
    const value = colon < 0 ? '' : line.slice(start);
    if (field === 'event') this.#type = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#dataLength += value.length;
      if (this.#dataLength > MAX_LENGTH) throw new Error('the feed sent an event that is too long');
    }
  }

  #dispatch(): void {
    const [type, data] = [this.#type, this.#data.join('\n')];
    // An EventSource ignores an event without data, but a beat needs none.
    const isEvent = this.#data.length > 0 || type !== '';
    this.#type = '';
    this.#data = [];
    this.#dataLength = 0;
    if (isEvent) this.onEvent({ type: type === '' ? 'message' : type, data, lastEventId: this.#id });
  }
}
