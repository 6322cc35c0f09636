import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerAndVerify } from '../support/accounts.js';
import { startGateway } from '../support/gateway.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = join(root, 'docs/examples/codegen');
const run = (command: string, ...args: string[]) =>
  execFileSync(join(root, 'node_modules/.bin', command), args, { cwd: example, encoding: 'utf8' });

/** With `any` or `unknown` as types, some of these lines would fail. */
const TYPE_CHECKS = `
import type { AuthErrorCode } from './enums.js';
import type { SignInMutation } from './graphql.js';

type Payload = Extract<SignInMutation['login'], { __typename: 'AuthPayload' }>;
export const date: Payload['refreshExpiresAt'] = '2026-01-31T10:15:30.000Z';
// @ts-expect-error A date is text.
export const number: Payload['refreshExpiresAt'] = 1;
export const code: AuthErrorCode = 'INVALID_CREDENTIALS';
// @ts-expect-error The code does not exist.
export const unknownCode: AuthErrorCode = 'NO_SUCH_CODE';
`;

describe('the example of generated types', () => {
  beforeAll(() => {
    rmSync(join(example, 'generated'), { recursive: true, force: true });
    run('graphql-codegen', '--silent');
  });

  it('generates dates as text and the error codes as a type, and compiles', () => {
    writeFileSync(join(example, 'generated/type-checks.ts'), TYPE_CHECKS);
    expect(run('tsc', '-p', '.')).toBe('');
  });

  it('signs in to a gateway, and explains an error by its code', async () => {
    const gateway = await startGateway();
    const { username, password } = await registerAndVerify(gateway);
    const { signIn } = await import(join(example, 'sign-in.ts'));
    const url = `http://127.0.0.1:${gateway.port}/graphql`;
    expect(await signIn(url, { identifier: username, password })).toMatch(/^You are signed in until .*\d/);
    expect(await signIn(url, { identifier: username, password: `${password}x` })).toBe(
      'The user name or the password is wrong.',
    );
  });
});
