import { assert, bigInt, integer, nat, property, string, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestServer, encodeCursor, parseCursor } from '../../src/features/session-feed/cursor.js';

const SERVER = '2026-11-26 09:12:35.123456+00';
const tag = digestServer(SERVER);

describe('the cursor of the session feed', () => {
  it('gives back the snapshot of every poll, or its lower bound if the list of transactions is long', () => {
    assert(
      property(
        bigInt({ min: 3n, max: 2n ** 62n }),
        nat(1000),
        uniqueArray(integer({ min: 0, max: 999 }), { maxLength: 400 }),
        (xmin, more, running) => {
          const xmax = xmin + BigInt(more);
          const list = running
            .map((offset) => xmin + BigInt(offset))
            .filter((xid) => xid < xmax)
            .sort((a, b) => (a < b ? -1 : 1));
          const snapshot = `${xmin}:${xmax}:${list.join(',')}`;
          const cursor = encodeCursor(SERVER, snapshot);
          expect(cursor).toMatch(/^[\x21-\x7e]{1,1000}$/);
          const kept = snapshot.length <= 800 ? snapshot : `${xmin}:${xmin}:`;
          expect(parseCursor(cursor)).toEqual({ server: tag, snapshot: kept });
        },
      ),
    );
  });

  it('tells servers apart', () => {
    expect(encodeCursor('2026-11-26 09:12:35.123457+00', '5:5:')).not.toBe(encodeCursor(SERVER, '5:5:'));
  });

  it('refuses everything else', () => {
    assert(property(string(), (text) => parseCursor(text) === undefined));
    const malformed = [
      undefined,
      '',
      'start',
      '5:5:',
      `${tag}`,
      `${tag}:`,
      `${tag}:5:5`,
      `${tag}:5`,
      `${tag}:0:5:`,
      `${tag}:6:5:`,
      `${tag}:5:7:4`,
      `${tag}:5:7:7`,
      `${tag}:5:9:7,6`,
      `${tag}:5:9:6,6`,
      `${tag}:5:9:6,`,
      `${tag}:5:9:,6`,
      `${tag}:-5:9:`,
      `${tag}:5.0:9:`,
      `${tag}:5:9:6 `,
      ` ${tag}:5:9:6`,
      `${tag}:5:9:6\n`,
      `${tag}:0x5:9:`,
      `${tag}:9223372036854775808:9223372036854775808:`,
      `${tag}:5:99999999999999999999:`,
      `x${tag}:5:5:`,
      `${tag.slice(1)}:5:5:`,
      `${tag}:5:5:'; drop table users --`,
      `${tag}:5:5:`.padEnd(2000, '1'),
      `${tag}:٥:٩:`,
    ];
    for (const text of malformed) expect(parseCursor(text), String(text)).toBeUndefined();
  });
});
