import { array, assert, constantFrom, integer, property, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServerSentEvent, SseParser } from '../../../src/verifier/sse-parser.js';

function parse(chunks: readonly Uint8Array[]): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const parser = new SseParser((event) => events.push(event));
  for (const chunk of chunks) parser.push(chunk);
  return events;
}

const parseText = (text: string) => parse([Buffer.from(text)]);

/** Splits bytes at the given places, in the middle of characters too. */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index]));
}

const value = string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n\0]/g, ''));
const lineEnd = constantFrom('\n', '\r', '\r\n');
const event = record({
  id: value,
  type: constantFrom('ended', 'beat', 'other'),
  data: array(value, { minLength: 1, maxLength: 3 }),
  comment: value,
  lineEnd,
});

describe('the parser of server-sent events', () => {
  it('reads the same events however the bytes are cut, with any kind of line end', () => {
    assert(
      property(
        array(event, { maxLength: 6 }),
        array(integer({ min: 0, max: 2000 }), { maxLength: 40 }),
        (sent, cuts) => {
          const text = sent
            .map(({ id, type, data, comment, lineEnd: end }) =>
              [`:${comment}`, `id: ${id}`, `event: ${type}`, ...data.map((one) => `data: ${one}`), '', '']
                .join(end)
                // A CR directly before the LF of another event would be one line end.
                .concat(': next\n'),
            )
            .join('');
          const expected = sent.map(({ id, type, data }) => ({
            type,
            data: data.join('\n'),
            lastEventId: id,
          }));
          expect(parse(split(Buffer.from(text), cuts))).toEqual(expected);
        },
      ),
    );
  });

  it('follows the examples of the specification', () => {
    expect(parseText('data: YHOO\ndata: +2\ndata: 10\n\n')).toEqual([
      { type: 'message', data: 'YHOO\n+2\n10', lastEventId: '' },
    ]);
    expect(
      parseText(': test\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third\n\n'),
    ).toEqual([
      { type: 'message', data: 'first event', lastEventId: '1' },
      { type: 'message', data: 'second event', lastEventId: '' },
      { type: 'message', data: ' third', lastEventId: '' },
    ]);
    expect(parseText('data\n\ndata\ndata\n\ndata:')).toEqual([
      { type: 'message', data: '', lastEventId: '' },
      { type: 'message', data: '\n', lastEventId: '' },
    ]);
  });

  it('ignores unknown fields, an id with NUL, a byte order mark, and events without type and data', () => {
    expect(
      parseText('\uFEFFretry: 1\nfoo: bar\nid: 7\nid: 8\0\n\nevent: x\ndata: 1\n\n: comment\n\n'),
    ).toEqual([{ type: 'x', data: '1', lastEventId: '7' }]);
  });

  it('reports an event that has a type and no data', () => {
    expect(parseText('id: 7\nevent: beat\n\n')).toEqual([{ type: 'beat', data: '', lastEventId: '7' }]);
  });

  it('keeps the last id for events without one', () => {
    expect(parseText('id: 1\ndata: a\n\ndata: b\n\n').map(({ lastEventId }) => lastEventId)).toEqual([
      '1',
      '1',
    ]);
  });

  it('refuses a line or an event that never ends', () => {
    const piece = Buffer.alloc(16_384, 'x');
    expect(() => parse([Buffer.from('data: '), ...Array.from({ length: 5 }, () => piece)])).toThrow(
      'too long',
    );
    const line = Buffer.from(`data: ${'x'.repeat(30_000)}\n`);
    expect(() => parse([line, line, line])).toThrow('too long');
  });
});
