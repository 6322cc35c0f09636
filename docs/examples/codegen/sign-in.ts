import { AuthErrorCode } from './generated/enums.js';
import { graphql } from './generated/gql.js';
import type { LoginInput, SignInMutation } from './generated/graphql.js';

const SIGN_IN = graphql(`
  mutation SignIn($input: LoginInput!) {
    login(input: $input) {
      __typename
      ... on AuthPayload {
        accessToken
        refreshToken
        refreshExpiresAt
      }
      ... on TwoFactorChallenge {
        challengeToken
        methods
        expiresAt
      }
    }
  }
`);

interface Answer {
  readonly data?: SignInMutation | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions: { readonly code: AuthErrorCode; readonly retryAfter?: number };
  }[];
}

/** Signs in, and tells the user in one sentence how it went. */
export async function signIn(url: string, input: LoginInput): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: SIGN_IN, variables: { input } }),
  });
  const { data, errors = [] } = (await response.json()) as Answer;
  const [error] = errors;
  if (error) return explain(error);
  if (data?.login.__typename === 'TwoFactorChallenge') return 'Enter the code of your authenticator app.';
  const expiry = data ? new Date(data.login.refreshExpiresAt) : undefined;
  return `You are signed in until ${expiry?.toLocaleDateString()}.`;
}

function explain({
  message,
  extensions: { code, retryAfter },
}: NonNullable<Answer['errors']>[number]): string {
  switch (code) {
    case AuthErrorCode.INVALID_CREDENTIALS:
      return 'The user name or the password is wrong.';
    case AuthErrorCode.ACCOUNT_LOCKED:
    case AuthErrorCode.RATE_LIMITED:
      return `Try again in ${retryAfter} seconds.`;
    default:
      return message;
  }
}
