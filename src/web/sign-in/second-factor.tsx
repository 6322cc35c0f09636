import { useEffect } from 'react';
import type { TwoFactorMethod } from '../../client/index.js';
import { client } from '../kit/client.js';
import { hasCode } from '../kit/errors.js';
import { Screen } from '../kit/screen.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Button } from '../ui/button.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Divider } from '../ui/layout.js';
import { Notice } from '../ui/notice.js';
import { linkTo, untilGone } from './go-on.js';
import { hasPasskeys } from './other-ways.js';

interface SecondFactorProps {
  readonly methods: readonly TwoFactorMethod[];
  /** Called with words for the user, who has to start again. */
  readonly onExpired: (words: string) => void;
}

/** The second step of a sign-in. */
export function SecondFactor({ methods, onExpired }: SecondFactorProps) {
  const submission = useSubmit(
    async (data) => {
      try {
        await client.verifyTwoFactor(data.has('code') ? textOf(data, 'code') : { passkey: true });
        await untilGone();
      } catch (error) {
        if (hasCode(error, 'TOKEN_INVALID')) onExpired('The sign-in took too long. Sign in again.');
        throw error;
      }
    },
    ['code'],
  );
  const { error, fault } = submission;
  useEffect(() => {
    if (hasCode(error, 'INVALID_TWO_FACTOR_CODE')) selectCode();
  }, [error]);
  const hasCodes = methods.includes('TOTP') || methods.includes('RECOVERY_CODE');
  const notice = fault === undefined ? null : <Notice kind="danger">{fault}</Notice>;
  return (
    <Screen title="Confirm that it is you" notice={notice}>
      {hasCodes && (
        <Form isWide action="Continue" submission={{ ...submission, fault: undefined }}>
          <Field
            label="Code"
            name="code"
            isRequired
            isCode
            autoFocus
            autoComplete="one-time-code"
            spellCheck="false"
            hint={hintOf(methods)}
          />
        </Form>
      )}
      {methods.includes('PASSKEY') && hasPasskeys && (
        <>
          {hasCodes && <Divider>or</Divider>}
          <Button
            kind={hasCodes ? 'secondary' : 'primary'}
            onPress={() => void submission.submit(new FormData())}
          >
            Use a passkey
          </Button>
        </>
      )}
      <p>
        Not your account? <a href={linkTo('/sign-in')}>Start again</a>
      </p>
    </Screen>
  );
}

function hintOf(methods: readonly TwoFactorMethod[]): string {
  if (!methods.includes('RECOVERY_CODE')) return 'From your authenticator app.';
  return methods.includes('TOTP') ? 'From your authenticator app, or a recovery code.' : 'A recovery code.';
}

/** The next thing that the user types replaces the wrong code. */
function selectCode() {
  const field = document.querySelector<HTMLInputElement>('input[name="code"]');
  field?.focus();
  field?.select();
}
