import { execFile } from 'node:child_process';
import {
  AcceptInvitationDocument,
  CreateUserDocument,
  type CreateUserInput,
  type Role,
  UserPageDocument,
  type UserPageQuery,
  type UserPageQueryVariables,
} from '../generated/graphql.js';
import { type Account, type SignedIn, signIn, someone } from './accounts.js';
import type { BackendContext } from './backends.js';
import { expectData } from './client.js';
import { builtGateway, type Gateway } from './gateway.js';
import { hasToken, tokenIn } from './mailbox.js';

export interface Administered extends Account {
  id: string;
}

export interface SignedInUser extends Administered {
  token: string;
  refreshToken: string;
  session: SignedIn['session'];
}

/** A valid id without a user. */
export const NOBODY = '00000000-0000-4000-8000-000000000000';

export const redeem = (gateway: Gateway, token: string, password: string) =>
  gateway.client.run(AcceptInvitationDocument, {
    input: { token, newPassword: password, confirmPassword: password },
  });

/** Sets the password with the newest mailed link. */
export async function acceptInvitation(gateway: Gateway, { email, password }: Account): Promise<void> {
  expectData(await redeem(gateway, tokenIn(await gateway.mail.waitForMail(email, hasToken)), password));
}

export async function entered(gateway: Gateway, account: Account): Promise<SignedInUser> {
  const { accessToken: token, refreshToken, session, user } = await signIn(gateway, account);
  return { ...account, id: user.id, token, refreshToken, session };
}

/** A gateway whose first admin was created from the environment, accepted the invitation and signed in. */
export async function startWithAdmin(
  start: BackendContext['start'],
  env: Record<string, string> = {},
): Promise<{ gateway: Gateway; admin: SignedInUser }> {
  const account = someone();
  const gateway = await start({
    env: { BOOTSTRAP_ADMIN_EMAIL: account.email, BOOTSTRAP_ADMIN_USERNAME: account.username, ...env },
  });
  await acceptInvitation(gateway, account);
  return { gateway, admin: await entered(gateway, account) };
}

/** A user created by an admin, who has not accepted the invitation. */
export async function invited(
  gateway: Gateway,
  { token }: Pick<SignedInUser, 'token'>,
  given: Partial<Pick<CreateUserInput, 'username' | 'email' | 'displayName' | 'role'>> = {},
): Promise<Administered> {
  const { password, ...person } = someone();
  const input = { role: 'CUSTOMER' as Role, ...person, ...given };
  const { createUser } = expectData(await gateway.client.run(CreateUserDocument, { input }, { token }));
  return { id: createUser.id, username: input.username, email: input.email, password };
}

/** A user created by an admin, who is signed in. */
export async function member(
  gateway: Gateway,
  admin: Pick<SignedInUser, 'token'>,
  role: Role = 'CUSTOMER',
): Promise<SignedInUser> {
  const account = await invited(gateway, admin, { role });
  await acceptInvitation(gateway, account);
  return entered(gateway, account);
}

export type UserPage = UserPageQuery['users'];

export async function page(
  gateway: Gateway,
  token: string,
  variables: UserPageQueryVariables,
): Promise<UserPage> {
  return expectData(await gateway.client.run(UserPageDocument, variables, { token })).users;
}

/** Runs a built command in the folder and environment of a gateway; returns its status and output. */
export function command(
  name: 'admin' | 'audit' | 'migrate' | 'schema' | 'seed' | 'serve',
  args: string[],
  { dataDir, env }: { dataDir: string; env: Record<string, string> },
): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { cwd: dataDir, env: { PATH: process.env.PATH, HOME: dataDir, ...env } };
    const child = execFile(process.execPath, [builtGateway(), name, ...args], options, (_error, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });
}
