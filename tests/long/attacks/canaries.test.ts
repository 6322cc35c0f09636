import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  LogoutDocument,
  MeDocument,
  RefreshTokenDocument,
  ResendVerificationEmailDocument,
} from '../../generated/graphql.js';
import { login, register, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { command } from '../../support/administration.js';
import { describeOnBackends, describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { openDatabase } from '../../support/database.js';
import { freshFolder, type Gateway, startGateway } from '../../support/gateway.js';
import { type Answer, send } from '../../support/http.js';
import { linkIn, tokenIn } from '../../support/mailbox.js';
import {
  changeEmail,
  changePassword,
  isVerification,
  requestReset,
  resetBy,
  resetToken,
  verifyBy,
} from '../../support/recovery.js';
import { startMailServer } from '../../support/smtp.js';
import { challenge, disable, protectedAccount, regenerate, secondStep, wrong } from '../../support/totp.js';
import { freePort, sleep, until } from '../../support/wait.js';

/** A unique secret that the gateway accepts as such. */
const canary = (name: string) => `Canary-${name}-${randomBytes(24).toString('base64url')}`;

/** The forms in which a secret could appear in a dump or a log. */
function shapes(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // A token's random part, without its prefix.
  const bare = /^gh[a-z0-9]+_(.+)$/.exec(secret)?.[1];
  return [
    secret,
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('hex'),
    encodeURIComponent(secret),
    ...(bare ? [bare, Buffer.from(bare, 'base64url').toString('hex')] : []),
  ];
}

/** The names of the secrets that a text contains. */
const leaksIn = (text: string, secrets: Map<string, string>) =>
  [...secrets]
    .filter(([, secret]) => shapes(secret).some((shape) => text.includes(shape)))
    .map(([name]) => name);

/** Runs every operation, with success and with failures, with a canary as each secret. */
async function useEverything(gateway: Gateway, secrets: Map<string, string>, answers: string[]) {
  const note = (name: string, secret: string | null | undefined) => {
    expect(secret, name).toBeTruthy();
    secrets.set(name, secret as string);
    return secret as string;
  };
  const secret = (name: string) => note(name, canary(name));
  const keep = <T extends { errors: unknown[] }>(result: T): T => {
    answers.push(JSON.stringify(result.errors));
    return result;
  };
  const keepText = (answer: Answer) => answers.push(answer.text);
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    send(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    }).then(keepText);

  // Registration, verification, links.
  const account = someone({ password: secret('password') });
  keep(await register(gateway, account));
  const first = await gateway.mail.waitForMail(account.email, isVerification);
  note('superseded verification token', tokenIn(first));
  keep(await gateway.client.run(ResendVerificationEmailDocument, { email: account.email }));
  const second = await gateway.mail.waitForMail(
    account.email,
    (mail) => isVerification(mail) && tokenIn(mail) !== tokenIn(first),
  );
  note('verification token', tokenIn(second));
  note('verification link', linkIn(second).href);
  for (const link of [linkIn(first).href, linkIn(second).href]) keepText(await send(link));
  expectCode(keep(await verifyBy(gateway, tokenIn(first))), 'TOKEN_INVALID');
  expectData(keep(await verifyBy(gateway, tokenIn(second))));
  expectCode(keep(await verifyBy(gateway, tokenIn(second))), 'TOKEN_INVALID');

  // Sign-in, by body and cookie, with failures; a password typed into the wrong field.
  const other = { ...account, password: secret('wrong password') };
  expectCode(keep(await login(gateway, other)), 'INVALID_CREDENTIALS');
  keep(await login(gateway, { username: secret('password as username'), password: 'x'.repeat(300) }));
  const session = await signIn(gateway, account);
  const token = note('access token', session.accessToken);
  note('refresh token', session.refreshToken);
  const cookie = await login(gateway, account, { tokenDelivery: 'COOKIE', rememberMe: true });
  note('refresh cookie', cookie.cookies.refresh?.value);
  note('device cookie', cookie.cookies.device?.value);
  keep(await gateway.client.run(MeDocument, {}, { token: secret('invalid bearer') }));
  keep(await gateway.client.run(MeDocument, {}, { token: `${token}x` }));
  keep(await gateway.client.run(RefreshTokenDocument, { refreshToken: secret('invalid refresh token') }));
  keep(
    await gateway.client.run(RefreshTokenDocument, {}, { cookies: { refresh: secret('invalid cookie') } }),
  );
  const { refreshToken } = expectData(
    await gateway.client.run(RefreshTokenDocument, { refreshToken: session.refreshToken }),
  ).refreshToken;
  const next = expectData(
    await gateway.client.run(RefreshTokenDocument, {
      refreshToken: note('second refresh token', refreshToken),
    }),
  ).refreshToken;
  note('third refresh token', next.refreshToken);
  // Reuse of a refresh token.
  keep(await gateway.client.run(RefreshTokenDocument, { refreshToken: session.refreshToken }));

  // Passwords and addresses.
  const again = await signIn(gateway, account);
  keep(await changePassword(gateway, again.accessToken, secret('wrong current password')));
  const chosen = secret('second password');
  keep(await changePassword(gateway, again.accessToken, account.password, 'short'));
  expectData(keep(await changePassword(gateway, again.accessToken, account.password, chosen)));
  const { email } = someone();
  expectData(keep(await changeEmail(gateway, again.accessToken, { password: chosen }, email)));
  note('change token', tokenIn(await gateway.mail.waitForMail(email, isVerification)));
  const reset = note('reset token', await resetToken(gateway, account.email));
  keep(await resetBy(gateway, reset, 'short'));
  expectData(keep(await resetBy(gateway, reset, secret('third password'))));
  keep(await resetBy(gateway, reset, secret('fourth password')));
  note('outstanding reset token', await resetToken(gateway, account.email));

  // The second factor.
  const guarded = await protectedAccount(gateway);
  note('TOTP secret', guarded.secretKey);
  for (const [index, code] of guarded.recoveryCodes.entries()) {
    note(`recovery code ${index}`, code);
    note(`recovery code ${index}, bare`, code.replaceAll('-', ''));
  }
  const { challengeToken } = await challenge(gateway, guarded);
  note('challenge token', challengeToken);
  keep(await secondStep(gateway, challengeToken, wrong('000000')));
  keep(await secondStep(gateway, challengeToken, secret('invalid code')));
  const recovered = keep(await secondStep(gateway, challengeToken, guarded.recoveryCodes[0] ?? ''));
  const bearer = expectData(recovered).verifyTwoFactor.accessToken;
  const fresh = keep(await regenerate(gateway, bearer, guarded.password, guarded.recoveryCodes[1] ?? ''));
  for (const code of expectData(fresh).regenerateRecoveryCodes.recoveryCodes) note(`new ${code}`, code);
  keep(await disable(gateway, bearer, guarded.password, secret('another code')));

  // Requests that are not executed, or not even parsed.
  const inline = secret('password in the document');
  for (const query of [
    `mutation { login(input: { identifier: "a", password: ${inline} }) { __typename } }`,
    `mutation { login(input: { identifier: "a", password: "${inline} }) { __typename } }`,
    `mutation { login(input: { identifier: "a", password: "${inline}", pasword: 1 }) { __typename } }`,
    `mutation { login(input: { identifier: "a", password: ["${inline}"] }) { __typename } }`,
    `mutation { login(input: { identifier: "a", password: {is: "${inline}"} }) { __typename } }`,
    `mutation { login(input: "${inline}") { __typename } }`,
    `mutation { verifyEmail(token: "${inline}", token: "${inline}") { email } }`,
    `mutation { resetPassword(input: { token: "${inline}" }) { success } }`,
  ]) {
    await post(JSON.stringify({ query }));
  }
  const pin = note('password that is a number', String(randomBytes(6).readUIntBE(0, 6) + 1e14));
  await post(
    JSON.stringify({
      query: `mutation { login(input: { identifier: "a", password: ${pin} }) { __typename } }`,
    }),
  );
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  const variable = secret('password in a variable');
  for (const input of [
    { identifier: 'a', password: [variable] },
    { identifier: 'a', password: { is: variable } },
    { identifier: 'a', password: 'b', rememberMe: variable },
    { identifier: 'a', password: 'b', [variable]: 1 },
    { identifier: 'a', password: 'b', tokenDelivery: variable },
    variable,
    { identifier: 'a', password: Number(pin) },
  ]) {
    await post(JSON.stringify({ query, variables: { input } }));
  }
  await post(`{"query": "${inline}`);
  await post(inline);
  await post(inline.repeat(5000));
  await post(JSON.stringify({ query, variables: variable }));
  await post(JSON.stringify({ query: '{ me { id } }' }), {
    authorization: `Basic ${inline}`,
    cookie: `refresh=${inline}; device=${inline}`,
    'x-request-id': inline,
    'user-agent': 'a browser',
  });
  for (const path of ['/graphql?query={me{id}}&token=', '/nothing/', '/verify-email/', '/readyz?'])
    keepText(await send(`${gateway.url}${path}${encodeURIComponent(inline)}`));
  keep(await gateway.client.run(LogoutDocument, { refreshToken: inline }));

  // A lockout.
  for (let tries = 0; tries < 7; tries += 1)
    keep(await login(gateway, { username: guarded.username, password: secret(`guess ${tries}`) }));
}

async function metricsOf(gateway: Gateway) {
  const { status, text } = await send(`${gateway.url}/metrics`);
  expect(status).toBe(200);
  expect(text).toContain('gatehouse_');
  return text;
}

const environment = () => ({
  JWT_SECRET_KEY: canary('jwt'),
  JWT_REFRESH_SECRET_KEY: canary('refresh'),
  ENCRYPTION_KEY: canary('encryption'),
  PASSWORD_PEPPER: canary('pepper'),
  ROUTER_SECRET: canary('router'),
  METRICS_TOKEN: canary('metrics'),
  SERVICE_TOKENS: canary('service'),
});

/** All tables as text, including those of the job queue. */
async function dumpOf(gateway: Gateway): Promise<Map<string, string>> {
  const sql = openDatabase(gateway);
  const tables = await sql`select table_schema as schema, table_name as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`;
  const dump = new Map<string, string>();
  for (const { schema, name } of tables) {
    const rows = await sql`select t::text as row from ${sql(`${schema}.${name}`)} t`;
    dump.set(`${schema}.${name}`, rows.map(({ row }) => row).join('\n'));
  }
  return dump;
}

describeOnPostgres('secrets at log level trace', ({ start }) => {
  it('writes no secret to a log, error, metric or table', { timeout: 180_000 }, async () => {
    const mail = await startMailServer();
    const env = environment();
    const gateway = await start({ env: { ...env, LOG_LEVEL: 'trace', INTROSPECTION: 'false' }, mail });
    const secrets = new Map<string, string>(Object.entries(env));
    const answers: string[] = [];
    await useEverything(gateway, secrets, answers);

    // Pending and failed jobs hold the content of their mails.
    await mail.pause();
    const waiting = someone({ password: canary('password of a pending account') });
    secrets.set('password of a pending account', waiting.password);
    expectData(await register(gateway, waiting));
    await sleep(6500);
    const during = await dumpOf(gateway);
    await mail.resume();
    const verification = await mail.waitForMail(waiting.email, isVerification, 30_000);
    secrets.set('delayed token', tokenIn(verification));
    secrets.set('delayed link', linkIn(verification).href);

    // Errors of the driver contain the parameters of failed statements.
    const sql = openDatabase(gateway);
    const someTables = ['one_time_tokens', 'failure_counters', 'sessions'] as const;
    const [victim, session] = [await registerAndVerify(gateway), await registerAndVerify(gateway)];
    const { refreshToken } = await signIn(gateway, session);
    secrets.set('refresh token in a failing statement', refreshToken);
    const reset = await resetToken(gateway, victim.email);
    secrets.set('reset token in a failing statement', reset);
    for (const table of someTables) {
      await sql`alter table ${sql(table)} rename to ${sql(`${table}_away`)}`;
      const typed = canary(`password without ${table}`);
      secrets.set(`password without ${table}`, typed);
      const results = [
        await resetBy(gateway, reset, typed),
        await login(gateway, { ...victim, password: table === 'sessions' ? victim.password : typed }),
        await gateway.client.run(RefreshTokenDocument, { refreshToken }),
        await register(gateway, someone({ password: typed })),
        await verifyBy(gateway, tokenIn(verification)),
      ];
      const failed = results.filter(({ errors }) => errors[0]?.extensions.code === 'INTERNAL_SERVER_ERROR');
      expect(failed.length, table).toBeGreaterThan(0);
      for (const { errors } of failed)
        expect(Object.keys(errors[0]?.extensions ?? {}).sort()).toEqual(['code', 'requestId']);
      for (const { errors } of results) answers.push(JSON.stringify(errors));
      await sql`alter table ${sql(`${table}_away`)} rename to ${sql(table)}`;
    }

    const metrics = await metricsOf(gateway);
    const dump = await dumpOf(gateway);
    expect([...dump.keys()]).toEqual(expect.arrayContaining(['public.users', 'jobs.job']));
    expect(await gateway.stop()).toBe(0);

    expect(gateway.logs().length).toBeGreaterThan(1000);
    expect(leaksIn(gateway.logs(), secrets), 'in the log').toEqual([]);
    expect(leaksIn(metrics, secrets), 'in the metrics').toEqual([]);
    for (const [table, rows] of [...dump, ...during]) expect(leaksIn(rows, secrets), table).toEqual([]);
    // The errors do not repeat the input: clients forward and log errors.
    expect(leaksIn(answers.join('\n'), secrets), 'in the errors').toEqual([]);
    const told = (await mail.mails()).map((one) => one.text + one.html).join('\n');
    const mailed = leaksIn(told, secrets).filter((name) => !/token|link/.test(name));
    expect(mailed, 'in the mails').toEqual([]);
  });
});

describeOnBackends('secrets of a gateway without a mail server', ({ start, backend }) => {
  it('writes no secret to a log, or to a file other than the mails and the file of secrets', {
    timeout: 120_000,
  }, async () => {
    const env = environment();
    const gateway = await start({ env: { ...env, LOG_LEVEL: 'trace' } });
    const secrets = new Map<string, string>(Object.entries(env));
    const answers: string[] = [];
    await useEverything(gateway, secrets, answers);
    const metrics = await metricsOf(gateway);
    expect(await gateway.stop()).toBe(0);
    expect(leaksIn(gateway.logs(), secrets), 'in the log').toEqual([]);
    expect(leaksIn(metrics, secrets), 'in the metrics').toEqual([]);

    const folder = join(gateway.dataDir, '.data');
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile() && !entry.parentPath.includes(join('.data', 'mail')),
    );
    if (backend === 'pglite') expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      const bytes = (await readFile(path)).toString('latin1');
      expect(leaksIn(bytes, secrets), path).toEqual([]);
    }
  });
});

describe('secrets for external services', () => {
  const bodies: string[] = [];
  /** Echoes everything that it received in its error, like an unfriendly service. */
  const echo = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(422, { 'content-type': 'application/json' });
      const message = `${request.headers.authorization} ${body}`;
      response.end(JSON.stringify({ statusCode: 422, name: 'validation_error', message }));
    });
  });
  afterAll(() => void echo.close());

  it('logs no secret, whatever a service answers', { timeout: 60_000 }, async () => {
    const port = await freePort();
    await new Promise<void>((resolve) => echo.listen(port, '127.0.0.1', resolve));
    const apiKey = `re_${canary('resend')}`;
    const gateway = await startGateway({
      env: {
        LOG_LEVEL: 'trace',
        RESEND_API_KEY: apiKey,
        RESEND_BASE_URL: `http://127.0.0.1:${port}`,
        FRONTEND_URL: 'https://app.example.com',
      },
    });
    const account = someone({ password: canary('password') });
    expectData(await register(gateway, account));
    await requestReset(gateway, account.email);
    const body = await until('a delivery attempt', () => bodies.find((one) => one.includes('token=')));
    const token = /token=([\w-]+)/.exec(body)?.[1] ?? '';
    expect(token.length).toBeGreaterThan(40);
    await sleep(1000);
    await gateway.stop();
    const secrets = new Map([
      ['api key', apiKey],
      ['password', account.password],
      ['token', token],
    ]);
    expect(gateway.logs()).toContain('mail not sent');
    expect(leaksIn(gateway.logs(), secrets)).toEqual([]);
  });

  it('does not log the password of an unavailable mail server', async () => {
    const password = canary('smtp');
    const gateway = await startGateway({
      env: {
        LOG_LEVEL: 'trace',
        SMTP_HOST: '127.0.0.1',
        SMTP_PORT: String(await freePort()),
        SMTP_USER: 'gatehouse',
        SMTP_PASSWORD: password,
      },
    });
    const account = someone();
    expectData(await register(gateway, account));
    await until('the delivery to fail', () => gateway.logs().includes('mail not sent'));
    await gateway.stop();
    expect(leaksIn(gateway.logs(), new Map([['SMTP_PASSWORD', password]]))).toEqual([]);
  });

  it('does not log the password of a database that it cannot reach', async () => {
    const password = canary('database');
    const url = `postgres://gatehouse:${password}@127.0.0.1:${await freePort()}/gatehouse`;
    const env = { DATABASE_URL: url, LOG_LEVEL: 'trace' };
    const { status, out, err } = await command('serve', [], { dataDir: await freshFolder(), env });
    expect(status).toBe(1);
    expect(err).toContain('DATABASE_URL');
    expect(leaksIn(out + err, new Map([['DATABASE_URL', password]]))).toEqual([]);
  });

  it('does not log the password of a Redis that it cannot reach', async () => {
    const password = canary('redis');
    const gateway = await startGateway({
      env: { LOG_LEVEL: 'trace', REDIS_URL: `redis://:${password}@127.0.0.1:${await freePort()}` },
    });
    await until('the failure to be logged', () => /redis/i.test(gateway.logs()));
    expectData(await register(gateway, someone()));
    await gateway.stop();
    expect(leaksIn(gateway.logs(), new Map([['REDIS_URL', password]]))).toEqual([]);
  });
});
