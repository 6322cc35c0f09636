import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Account, registerAndVerify, signIn } from '../../support/accounts.js';
import { openDatabase } from '../../support/database.js';
import type { Gateway } from '../../support/gateway.js';
import { send } from '../../support/http.js';
import { describeOnPostgres } from '../../support/in-process.js';
import type { Session } from '../../support/sessions.js';
import {
  connect,
  introduce,
  listen,
  openSocket,
  PROTOCOL,
  type RawSocket,
  SESSION_ENDED,
  subscribe,
  upgradeStatus,
} from '../../support/sockets.js';
import { until } from '../../support/wait.js';

const FRONT_END = 'https://app.example';
const upgradeLines = (path: string, more: string[] = []) =>
  [
    `GET ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    `sec-websocket-protocol: ${PROTOCOL}`,
    ...more,
    '',
    '',
  ].join('\r\n');

describeOnPostgres('attacks on sockets', ({ start }) => {
  let gateway: Gateway;
  let account: Account;

  beforeAll(async () => {
    gateway = await start({
      listen: true,
      env: { TRUST_PROXY: '127.0.0.1', CORS_ORIGINS: FRONT_END, INTROSPECTION: 'false' },
    });
    account = await registerAndVerify(gateway);
  });

  const session = () => signIn(gateway, account);
  const openSockets = async () => {
    const { text } = await send(`${gateway.url}/metrics`);
    return Number(/^gatehouse_sockets (\d+)$/m.exec(text)?.[1]);
  };
  const sameErrors = (socket: RawSocket, id: string) =>
    socket.message('error', id).then(({ payload }) => payload as { message: string; extensions: unknown }[]);

  describe('without a valid token', () => {
    it.each<[string, object | undefined, string]>([
      ['no parameters', undefined, 'TOKEN_MISSING'],
      ['an empty object', {}, 'TOKEN_MISSING'],
      ['a token that is not text', { authorization: { toString: 'Bearer x' } }, 'TOKEN_MISSING'],
      ['another name of the parameter', { token: 'Bearer x' }, 'TOKEN_MISSING'],
      ['garbage', { authorization: 'Bearer garbage' }, 'TOKEN_INVALID'],
      ['no scheme', { authorization: 'garbage' }, 'TOKEN_INVALID'],
      ['90 KB of garbage', { authorization: `Bearer ${'x'.repeat(90_000)}` }, 'TOKEN_INVALID'],
    ])('%s closes with 4401', async (_, payload, reason) => {
      const socket = await openSocket(gateway);
      socket.send({ type: 'connection_init', ...(payload && { payload }) });
      expect(await socket.closed).toEqual({ code: 4401, reason });
      expect(socket.messages).toEqual([]);
    });

    it('closes with 4401 for a refresh token', async () => {
      const { refreshToken } = await session();
      expect((await (await introduce(gateway, refreshToken)).closed).code).toBe(4401);
    });

    it('ignores an access token in the header of the upgrade', async () => {
      const { accessToken } = await session();
      const socket = await openSocket(gateway, { headers: { authorization: `Bearer ${accessToken}` } });
      socket.send({ type: 'connection_init' });
      expect(await socket.closed).toEqual({ code: 4401, reason: 'TOKEN_MISSING' });
    });

    it('closes with 4401 within three seconds if a client sends nothing, or only pings', async () => {
      const startedAt = performance.now();
      const [silent, pinging] = [await openSocket(gateway), await openSocket(gateway)];
      const pings = setInterval(() => pinging.end ?? pinging.send({ type: 'ping' }), 200);
      const ends = await Promise.all([silent.closed, pinging.closed]);
      clearInterval(pings);
      expect(ends).toEqual([silent, pinging].map(() => ({ code: 4401, reason: 'TOKEN_MISSING' })));
      expect(performance.now() - startedAt).toBeLessThan(3000);
    });

    it('closes with 4401 for a subscription before the acknowledgement', async () => {
      const early = await openSocket(gateway);
      subscribe(early);
      expect((await early.closed).code).toBe(4401);
      const hasty = await introduce(gateway, (await session()).accessToken);
      subscribe(hasty);
      expect((await hasty.closed).code).toBe(4401);
      expect(hasty.messages.filter(({ type }) => type === 'next')).toEqual([]);
    });
  });

  describe('too many connections', () => {
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

    it('closes the sixth connection of a session with 4429, until another one is gone', async () => {
      const one = await session();
      const sockets = await Promise.all(Array.from({ length: 5 }, () => connect(gateway, one)));
      const refused = await introduce(gateway, one.accessToken);
      expect(await refused.closed).toEqual({ code: 4429, reason: 'Too many connections of the session' });
      // Another session of the same user has connections of its own.
      const others = await connect(gateway, await session());
      sockets[0]?.socket.terminate();
      sockets[1]?.socket.close(1000);
      await until('two free places', async () => {
        const again = await introduce(gateway, one.accessToken);
        sockets.push(again);
        return (await Promise.race([again.closed, again.message('connection_ack')])) === again.messages[0];
      });
      for (const { socket } of [...sockets, others]) socket.terminate();
    });

    it('keeps five connections of a session that are opened at once', async () => {
      const one = await session();
      const sockets = await Promise.all(
        Array.from({ length: 20 }, () => introduce(gateway, one.accessToken)),
      );
      await until('an answer for each', () =>
        sockets.every(({ end, messages }) => end !== undefined || messages.length > 0),
      );
      expect(sockets.filter(({ end }) => end === undefined)).toHaveLength(5);
      expect(new Set(sockets.flatMap(({ end }) => end?.code ?? []))).toEqual(new Set([4429]));
      for (const { socket } of sockets) socket.terminate();
    });

    it('closes the 51st connection of an address with 4429, and accepts other addresses', async () => {
      const sockets = await Promise.all(
        Array.from({ length: 51 }, () => openSocket(gateway, from('198.51.100.7'))),
      );
      const refused = await Promise.race(sockets.map(({ closed }) => closed));
      expect(refused).toEqual({ code: 4429, reason: 'Too many connections of the address' });
      expect(sockets.filter(({ end }) => end !== undefined)).toHaveLength(1);
      const one = await session();
      (await connect(gateway, one, from('198.51.100.8'))).socket.terminate();
      // The left entries are chosen by the client.
      const spoofed = await openSocket(gateway, from('203.0.113.9, 198.51.100.7'));
      expect((await spoofed.closed).code).toBe(4429);
      for (const { socket } of sockets) socket.terminate();
      await until('free places', async () => {
        const again = await introduce(gateway, one.accessToken, from('198.51.100.7'));
        const [first] = await Promise.race([
          again.closed.then(() => []),
          again.message('connection_ack').then(() => [1]),
        ]);
        again.socket.terminate();
        return first === 1;
      });
    });

    it('counts the addresses of an IPv6 network together', async () => {
      const sockets = await Promise.all(
        Array.from({ length: 51 }, (_, index) =>
          openSocket(gateway, from(`2001:db8:1:2:${index.toString(16)}::${index}`)),
        ),
      );
      await Promise.race(sockets.map(({ closed }) => closed));
      expect(sockets.filter(({ end }) => end?.code === 4429)).toHaveLength(1);
      for (const { socket } of sockets) socket.terminate();
    });

    it('are forgotten, however they end', async () => {
      await until('no open socket', async () => (await openSockets()) === 0);
      const one = await session();
      const ways: ((socket: RawSocket) => void)[] = [
        ({ socket }) => socket.terminate(),
        ({ socket }) => socket.close(),
        ({ socket }) => socket.close(3999, 'own code'),
        ({ socket }) => socket.send('not JSON'),
        ({ socket }) => (socket as unknown as { _socket: Socket })._socket.resetAndDestroy(),
      ];
      for (let round = 0; round < 3; round += 1) {
        const sockets = await Promise.all(ways.map(() => listen(gateway, one)));
        expect(await openSockets()).toBe(5);
        for (const [index, socket] of sockets.entries()) ways[index]?.(socket);
        await until('no open socket', async () => (await openSockets()) === 0);
      }
    });
  });

  describe('pages of other origins', () => {
    it.each([
      ['no origin: not a browser', undefined, 101],
      ['the front end', FRONT_END, 101],
      ['the gateway itself', 'own', 101],
      ['another origin', 'https://evil.example', 403],
      ['another port', 'https://app.example:8443', 403],
      ['another scheme', 'http://app.example', 403],
      ['an opaque origin', 'null', 403],
      ['an empty origin', '', 403],
    ])('%s', async (_, origin, status) => {
      const headers: Record<string, string> =
        origin === undefined ? {} : { origin: origin === 'own' ? gateway.url : origin };
      expect(await upgradeStatus(gateway, { headers })).toBe(status);
    });
  });

  describe('other upgrades', () => {
    it.each([
      ['another path', { path: '/healthz' }, 404],
      ['a path below', { path: '/graphql/x' }, 404],
      ['another protocol', { protocols: ['graphql-ws'] }, 400],
      ['no protocol', { protocols: [] }, 400],
      ['the protocol among others', { protocols: ['x', PROTOCOL] }, 101],
    ])('%s', async (_, options, status) => {
      expect(await upgradeStatus(gateway, options)).toBe(status);
    });

    it('chooses its protocol among others', async () => {
      const { accessToken } = await session();
      const socket = await introduce(gateway, accessToken, { protocols: ['graphql-ws', PROTOCOL] });
      await socket.message('connection_ack');
      expect(socket.socket.protocol).toBe(PROTOCOL);
      socket.socket.terminate();
    });

    /** What the gateway answers to bytes, up to the end of its answer. */
    const exchange = (text: string, untilText: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const socket = connectTcp(gateway.port, '127.0.0.1', () => socket.write(text));
        let answer = '';
        const finish = () => {
          socket.destroy();
          resolve(answer);
        };
        socket.on('data', (chunk) => {
          answer += chunk;
          if (untilText.test(answer)) finish();
        });
        socket.on('close', finish);
        socket.on('error', reject);
        setTimeout(finish, 5000).unref();
      });

    it('refuses a malformed handshake', async () => {
      const lines = upgradeLines('/graphql');
      expect(await exchange(lines.replace('GET', 'POST'), /\r\n\r\n/)).toMatch(/^HTTP\/1.1 405/);
      expect(await exchange(lines.replace('version: 13', 'version: 7'), /\r\n\r\n/)).toMatch(/^HTTP\/1.1 4/);
      expect(await exchange(lines.replace('AAAA==', ''), /\r\n\r\n/)).toMatch(/^HTTP\/1.1 400/);
    });

    it('serves an offer of HTTP/2, as clients of Java make it, by HTTP/1.1', async () => {
      const body = JSON.stringify({ query: '{ __typename }' });
      const offering = (connection: string) =>
        `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:${gateway.port}\r\ncontent-type: application/json\r\n` +
        `connection: ${connection}\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAAB\r\n` +
        `content-length: ${body.length}\r\n\r\n${body}`;
      const offer = offering('Upgrade, HTTP2-Settings');
      const answer = await exchange(offer, /"Query"/);
      expect(answer).toMatch(/^HTTP\/1.1 200 OK/);
      expect(answer).toContain('{"data":{"__typename":"Query"}}');
      expect(await exchange(offering('Upgrade'), /"Query"/)).toMatch(/^HTTP\/1.1 200 OK/);
    });

    it('serves each offer on a connection that stays open', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const headers = {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAEAAEAAAAIAAAAB',
      };
      for (let round = 0; round < 15; round += 1) {
        const status = await new Promise((resolve, reject) => {
          const sent = request(`${gateway.url}/healthz`, { agent, headers }, (answer) => {
            answer.resume().on('end', () => resolve(answer.statusCode));
          });
          sent.on('error', reject).end();
        });
        expect(status).toBe(200);
      }
      agent.destroy();
    });

    it('serves an offer whose body comes late', async () => {
      const answer = await new Promise<string>((resolve) => {
        const socket = connectTcp(gateway.port, '127.0.0.1');
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk;
          if (text.includes('"Query"') || text.includes('errors')) {
            socket.destroy();
            resolve(text);
          }
        });
        socket.write(
          'POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n' +
            'content-type: application/json\r\ncontent-length: 26\r\n\r\n{"query":',
        );
        setTimeout(() => socket.write('"{ __typename }"'), 100);
        setTimeout(() => socket.write('}'), 200);
      });
      expect(answer).toMatch(/^HTTP\/1.1 200 OK/);
    });
  });

  describe('documents', () => {
    const fields = (count: number) =>
      `{ ${Array.from({ length: count }, (_, at) => `a${at}: reason`).join(' ')} }`;
    const nested = (depth: number): string =>
      depth === 0 ? 'reason' : `... on SessionEnded { ${nested(depth - 1)} }`;

    it.each<[string, object, string]>([
      ['a query', { query: '{ __typename }' }, 'GRAPHQL_VALIDATION_FAILED'],
      ['a query of the user', { query: '{ me { id } }' }, 'GRAPHQL_VALIDATION_FAILED'],
      ['a mutation', { query: 'mutation { logout { success } }' }, 'GRAPHQL_VALIDATION_FAILED'],
      ['a syntax error', { query: 'subscription {' }, 'GRAPHQL_PARSE_FAILED'],
      [
        '1,001 tokens',
        { query: `subscription { sessionEnded { ${'reason '.repeat(1000)} } }` },
        'GRAPHQL_PARSE_FAILED',
      ],
      ['16 aliases', { query: `subscription { sessionEnded ${fields(16)} }` }, 'GRAPHQL_VALIDATION_FAILED'],
      [
        '501 fields',
        { query: `subscription { sessionEnded { ${'reason '.repeat(501)} } }` },
        'GRAPHQL_VALIDATION_FAILED',
      ],
      [
        'two root fields',
        { query: 'subscription { sessionEnded { reason } b: sessionEnded { reason } }' },
        'GRAPHQL_VALIDATION_FAILED',
      ],
      [
        '51 directives',
        {
          query: `subscription { sessionEnded { reason ${'... @include(if: true) { reason } '.repeat(51)} } }`,
        },
        'GRAPHQL_VALIDATION_FAILED',
      ],
      [
        'a long alias',
        { query: `subscription { sessionEnded { ${'a'.repeat(101)}: reason } }` },
        'GRAPHQL_VALIDATION_FAILED',
      ],
      [
        'introspection',
        { query: 'subscription { __schema { types { name } } }' },
        'GRAPHQL_VALIDATION_FAILED',
      ],
      ['an unknown field', { query: 'subscription { sessionEnde { reason } }' }, 'GRAPHQL_VALIDATION_FAILED'],
      ['an unknown operation', { query: SESSION_ENDED, operationName: 'x' }, 'BAD_REQUEST'],
      [
        'two operations without a name',
        { query: `subscription A { sessionEnded { reason } } subscription B { sessionEnded { reason } }` },
        'BAD_REQUEST',
      ],
      [
        'a variable that does not fit',
        {
          query: 'subscription ($if: Boolean!) { sessionEnded { reason @include(if: $if) } }',
          variables: { if: 'no' },
        },
        'BAD_USER_INPUT',
      ],
      [
        'a missing variable',
        { query: 'subscription ($if: Boolean!) { sessionEnded { reason @include(if: $if) } }' },
        'BAD_USER_INPUT',
      ],
    ])('%s: refused, and the connection goes on', async (_, payload, code) => {
      const socket = await connect(gateway, await session());
      subscribe(socket, 'x', payload);
      const [error] = await sameErrors(socket, 'x');
      expect(error?.extensions).toMatchObject({ code });
      expect(error?.message).not.toMatch(/did you mean/i);
      socket.send({ type: 'ping' });
      await socket.message('pong');
      expect(socket.messages.map(({ type }) => type)).toEqual(['connection_ack', 'error', 'pong']);
      socket.socket.terminate();
    });

    it('ordinary ones pass', async () => {
      const socket = await connect(gateway, await session());
      subscribe(socket, '1', { query: `subscription { sessionEnded { ${nested(6)} } }` });
      subscribe(socket, '2', { query: `subscription { sessionEnded ${fields(15)} }` });
      subscribe(socket, '3', { query: 'subscription { sessionEnded { __typename } }', variables: null });
      socket.send({ type: 'ping' });
      await socket.message('pong');
      expect(socket.messages.map(({ type }) => type)).toEqual(['connection_ack', 'pong']);
      socket.socket.terminate();
    });

    it('do not run over HTTP', async () => {
      const { accessToken: token } = await session();
      const { status, errors } = await gateway.client.runRaw(SESSION_ENDED, {}, { token });
      expect(status).toBe(400);
      expect(errors[0]?.message).toContain('WebSocket');
    });
  });

  describe('hostile messages', () => {
    it.each<[string, string | Buffer, number]>([
      ['text that is not JSON', 'hello', 4400],
      ['JSON that is not a message', '[1]', 4400],
      ['an unknown type', '{"type":"start","id":"1"}', 4400],
      ['a message of the server', '{"type":"connection_ack"}', 4400],
      ['a subscription without a query', '{"type":"subscribe","id":"9","payload":{}}', 4400],
      ['a subscription without an id', '{"type":"subscribe","payload":{"query":"{a}"}}', 4400],
      [
        'variables that are not an object',
        '{"type":"subscribe","id":"9","payload":{"query":"{a}","variables":[1]}}',
        4400,
      ],
      ['a second connection_init', '{"type":"connection_init"}', 4429],
      ['a binary message', Buffer.from('{"type":"ping"}'), 1003],
      ['101 KB', JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(101 * 1024) } }), 1009],
      [
        'an id of 200 characters',
        JSON.stringify({ type: 'subscribe', id: 'x'.repeat(200), payload: { query: SESSION_ENDED } }),
        4400,
      ],
      ['deep JSON', `${'['.repeat(90_000)}${']'.repeat(90_000)}`.slice(0, 100_000), 4400],
    ])('%s', async (_, message, code) => {
      const socket = await connect(gateway, await session());
      socket.socket.send(message);
      expect((await socket.closed).code).toBe(code);
      expect(gateway.logs()).not.toMatch(/"level":[56]0/);
    });

    it('text that is not UTF-8 closes with 1007', async () => {
      const socket = await connect(gateway, await session());
      socket.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
      expect((await socket.closed).code).toBe(1007);
    });

    it('closes with 4409 for the id of an open subscription', async () => {
      const socket = await listen(gateway, await session());
      subscribe(socket);
      expect((await socket.closed).code).toBe(4409);
    });

    it.each(['__proto__', 'constructor', 'toString', ''])(
      'accepts or refuses the id "%s", and goes on',
      async (id) => {
        const socket = await connect(gateway, await session());
        subscribe(socket, id);
        socket.send({ type: 'ping' });
        await Promise.race([socket.closed, socket.message('pong')]);
        expect([undefined, 4400]).toContain(socket.end?.code);
        expect(gateway.logs()).not.toMatch(/"level":[56]0/);
        socket.socket.terminate();
      },
    );

    it('closes with 4429 after a flood of messages', async () => {
      const socket = await connect(gateway, await session());
      for (let sent = 0; sent < 1000 && socket.end === undefined; sent += 1) socket.send({ type: 'ping' });
      expect(await socket.closed).toEqual({ code: 4429, reason: 'Too many messages' });
      expect(socket.messages.length).toBeLessThan(110);
    });

    it('ends the connection after a flood of ping frames', async () => {
      const socket = await connect(gateway, await session());
      for (let sent = 0; sent < 1000; sent += 1) socket.socket.ping();
      // ws cuts the connection off by itself if 60 answers wait.
      expect([4429, 1006]).toContain((await socket.closed).code);
    });

    it('refuses the 21st subscription of a connection', async () => {
      const socket = await connect(gateway, await session());
      for (let at = 1; at <= 21; at += 1) subscribe(socket, `s${at}`);
      const errors = await sameErrors(socket, 's21');
      expect(errors[0]?.extensions).toEqual({ code: 'BAD_REQUEST' });
      expect(socket.messages.filter(({ type }) => type === 'error')).toHaveLength(1);
      socket.send({ id: 's1', type: 'complete' });
      subscribe(socket, 'again');
      socket.send({ type: 'ping' });
      await socket.message('pong');
      expect(socket.messages.filter(({ type }) => type === 'error')).toHaveLength(1);
      socket.socket.terminate();
    });

    it('disconnects a client that answers no ping at the next one', async () => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      try {
        const one = await session();
        const [dead, alive] = [await connect(gateway, one, { autoPong: false }), await connect(gateway, one)];
        for (let round = 1; round <= 3; round += 1) {
          vi.advanceTimersByTime(15_000);
          // Its pong was sent before.
          await once(alive.socket, 'ping');
          alive.send({ type: 'ping' });
          await until('the answer', () => alive.messages.length === 1 + round);
        }
        expect((await dead.closed).code).toBe(1006);
        expect(alive.end).toBeUndefined();
        alive.socket.terminate();
      } finally {
        vi.useRealTimers();
      }
    });

    it('disconnects a client that reads nothing when its session ends', async () => {
      const one = await session();
      const socket = await listen(gateway, one);
      socket.socket.pause();
      await openDatabase(gateway)`update sessions set revoked_at = now() where id = ${one.session.id}`;
      await until('no open socket', async () => (await openSockets()) === 0, 5000);
      socket.socket.terminate();
    });
  });

  it('writes no token into the log', async () => {
    const one: Session = await session();
    (await listen(gateway, one)).socket.terminate();
    expect(gateway.logs()).not.toContain(one.accessToken);
  });
});
