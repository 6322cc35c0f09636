import type { AuthError } from '../../client/index.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { Divider, Row } from '../ui/layout.js';
import { Notice } from '../ui/notice.js';
import { PasswordField } from '../ui/password-field.js';
import { client } from './client.js';
import { hasCode } from './errors.js';
import { besideField } from './form-errors.js';
import { textOf, useSubmit } from './use-submit.js';

interface ReauthenticateDialogProps {
  readonly methods: NonNullable<AuthError['methods']>;
  /** Called once, with whether the user has proven who they are. */
  readonly settle: (isProven: boolean) => void;
}

/** Asks for one of the proofs that the gateway accepts. */
export function ReauthenticateDialog({ methods, settle }: ReauthenticateDialogProps) {
  const cancel = () => settle(false);
  const isCode = methods.includes('TOTP');
  const hasForm = isCode || methods.includes('PASSWORD');
  if (methods.length === 0) return <SignInAgain onCancel={cancel} />;
  return (
    <Dialog title="Confirm that it is you" onClose={cancel}>
      <p>For your safety, confirm that it is you before you make this change.</p>
      {methods.includes('PASSKEY') && <PasskeyProof onProven={() => settle(true)} isOnly={!hasForm} />}
      {methods.includes('PASSKEY') && hasForm && <Divider>or</Divider>}
      {hasForm && <TypedProof isCode={isCode} onProven={() => settle(true)} onCancel={cancel} />}
      {!hasForm && (
        <Button kind="quiet" onPress={cancel}>
          Cancel
        </Button>
      )}
    </Dialog>
  );
}

/** For an account that can only sign in by an identity provider: the gateway has nothing to ask for. */
function SignInAgain({ onCancel }: { readonly onCancel: () => void }) {
  const { isPending, fault, submit } = useSubmit(() => client.signOut());
  return (
    <Dialog title="Confirm that it is you" onClose={onCancel}>
      {fault !== undefined && <Notice kind="danger">{fault}</Notice>}
      <p>For your safety, sign out and sign in again, then make this change within 15 minutes.</p>
      <Row>
        <Button kind="primary" isPending={isPending} onPress={() => void submit(new FormData())}>
          Sign out
        </Button>
        <Button kind="quiet" onPress={onCancel}>
          Cancel
        </Button>
      </Row>
    </Dialog>
  );
}

function PasskeyProof({ onProven, isOnly }: { onProven: () => void; isOnly: boolean }) {
  const { error, fault, isPending, submit } = useSubmit(async () => {
    await client.reauthenticate({ passkey: true });
    onProven();
  });
  return (
    <>
      {fault !== undefined && (
        <Notice kind="danger">
          {hasCode(error, 'TOKEN_INVALID') ? 'This took too long. Try again.' : fault}
        </Notice>
      )}
      <Button
        kind={isOnly ? 'primary' : 'secondary'}
        isPending={isPending}
        onPress={() => void submit(new FormData())}
      >
        Use a passkey
      </Button>
    </>
  );
}

function TypedProof(props: { isCode: boolean; onProven: () => void; onCancel: () => void }) {
  const { isCode, onProven, onCancel } = props;
  const submission = useSubmit(
    async (data) => {
      await client
        .reauthenticate(isCode ? { code: textOf(data, 'code') } : { password: textOf(data, 'password') })
        .catch(besideField('INVALID_CREDENTIALS', 'password', 'The password is wrong.'))
        .catch(besideField('INVALID_TWO_FACTOR_CODE', 'code', 'The code is wrong or was already used.'));
      onProven();
    },
    [isCode ? 'code' : 'password'],
  );
  return (
    <Form
      action="Confirm"
      submission={submission}
      beside={
        <Button kind="quiet" onPress={onCancel}>
          Cancel
        </Button>
      }
    >
      {isCode ? (
        <Field
          label="Code"
          name="code"
          isRequired
          isCode
          autoFocus
          autoComplete="one-time-code"
          hint="From your authenticator app, or a recovery code."
        />
      ) : (
        <PasswordField label="Password" name="password" autoFocus autoComplete="current-password" />
      )}
    </Form>
  );
}
