import { hasCode } from '../kit/errors.js';
import { besideField, formError } from '../kit/form-errors.js';
import { request } from '../kit/request.js';
import { textOf, useSubmit } from '../kit/use-submit.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { Form } from '../ui/form.js';
import { Quiet, Row, Stack } from '../ui/layout.js';
import { CodeField } from './code-field.js';
import { EnableTwoFactorDocument, type SetupTwoFactorMutation } from './generated/operations.js';
import { RecoveryCodes } from './recovery-codes.js';
import styles from './two-factor-setup.module.css';

export type Setup = SetupTwoFactorMutation['setupTwoFactor'];

interface TwoFactorSetupProps {
  readonly setup: Setup;
  readonly onClose: (isOn: boolean) => void;
}

/** "ABCD EFGH …", which is easier to type. */
const inGroups = (secret: string) => secret.match(/.{1,4}/g)?.join(' ') ?? '';
const ignore = () => {};

/** A new second factor. Neither Escape nor a press outside closes it: its codes are shown only once. */
export function TwoFactorSetup({ setup, onClose }: TwoFactorSetupProps) {
  return (
    <Dialog title="Set up two-factor authentication" onClose={ignore} isModalOnly isWide>
      <p>Nothing changes until you finish the third step. Finish it within ten minutes.</p>
      <Stack gap="tight">
        <h3>1. Add the account to your authenticator app</h3>
        <div className={styles.app}>
          <img
            className={styles.qrCode}
            src={setup.qrCode}
            alt="QR code with the key for your authenticator app"
          />
          <Stack gap="tight">
            <p>
              Scan the code with the app. On this device you can <a href={setup.otpauthUri}>open the app</a>{' '}
              instead.
            </p>
            <Quiet>If you cannot scan it, type this key:</Quiet>
            <code className={styles.secret}>{inGroups(setup.secretKey)}</code>
            <Row>
              <CopyButton text={setup.secretKey} size="small">
                Copy the key
              </CopyButton>
            </Row>
          </Stack>
        </div>
      </Stack>
      <Stack gap="tight">
        <h3>2. Save your recovery codes</h3>
        <RecoveryCodes codes={setup.recoveryCodes} />
      </Stack>
      <Confirm onClose={onClose} />
    </Dialog>
  );
}

function Confirm({ onClose }: Pick<TwoFactorSetupProps, 'onClose'>) {
  const submission = useSubmit(
    async (data) => {
      await request(EnableTwoFactorDocument, { code: textOf(data, 'code') })
        .catch(besideField('INVALID_TWO_FACTOR_CODE', 'code', 'The code is wrong, or was already used.'))
        .catch((error) => {
          throw hasCode(error, 'TWO_FACTOR_NOT_ENABLED')
            ? formError('This setup has expired. Cancel it, and start again.')
            : error;
        });
      onClose(true);
    },
    ['code'],
  );
  return (
    <Stack gap="tight">
      <h3>3. Type the code that the app shows</h3>
      <Form
        action="Turn on"
        submission={submission}
        beside={
          <Button kind="quiet" onPress={() => onClose(false)}>
            Cancel
          </Button>
        }
      >
        <CodeField inputMode="numeric" hint="Six digits, which change every 30 seconds." />
      </Form>
    </Stack>
  );
}
