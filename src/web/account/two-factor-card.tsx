import { useState } from 'react';
import { client } from '../kit/client.js';
import { hasCode } from '../kit/errors.js';
import { reload } from '../kit/query.js';
import { request } from '../kit/request.js';
import { Button } from '../ui/button.js';
import { Row } from '../ui/layout.js';
import { ActionButton } from './action-button.js';
import { ConfirmTwoFactor } from './confirm-two-factor.js';
import { Done, useDone } from './done.js';
import {
  DisableTwoFactorDocument,
  RegenerateRecoveryCodesDocument,
  SetupTwoFactorDocument,
} from './generated/operations.js';
import { NewRecoveryCodes } from './new-recovery-codes.js';
import { type Setup, TwoFactorSetup } from './two-factor-setup.js';
import { useAccount } from './use-account.js';

export function TwoFactorCard() {
  const { twoFactorEnabled } = useAccount();
  const [done, setDone] = useDone();
  return (
    <>
      {twoFactorEnabled ? (
        <p>
          It is <strong>on</strong>. When you sign in with your password, you also type a code from your
          authenticator app, or a recovery code.
        </p>
      ) : (
        <p>
          It is <strong>off</strong>. With it, somebody who knows your password still cannot sign in: they
          also need a code from an app on your phone.
        </p>
      )}
      <Done outcome={done} />
      {twoFactorEnabled ? <TurnedOn onDone={setDone} /> : <TurnedOff onDone={setDone} />}
    </>
  );
}

interface PartProps {
  readonly onDone: (words?: string) => void;
}

function TurnedOff({ onDone }: PartProps) {
  const [setup, setSetup] = useState<Setup>();
  const start = async () => {
    onDone();
    try {
      const answer = await request(SetupTwoFactorDocument, {});
      setSetup(answer.setupTwoFactor);
    } catch (error) {
      // Another tab has turned it on.
      if (hasCode(error, 'TWO_FACTOR_ALREADY_ENABLED')) await reload();
      throw error;
    }
  };
  const close = (isOn: boolean) => {
    setSetup(undefined);
    if (isOn) onDone('Two-factor authentication is on.');
    void reload();
  };
  return (
    <>
      <div>
        <ActionButton run={start}>Set up</ActionButton>
      </div>
      {setup !== undefined && <TwoFactorSetup setup={setup} onClose={close} />}
    </>
  );
}

function TurnedOn({ onDone }: PartProps) {
  const { hasPassword } = useAccount();
  // With a password, the dialog itself asks for it.
  const send = hasPassword ? client.request : request;
  const [dialog, setDialog] = useState<'off' | 'codes'>();
  const [recoveryCodes, setRecoveryCodes] = useState<readonly string[]>();
  const close = () => {
    setDialog(undefined);
    // Another tab may have turned it off.
    void reload();
  };
  const turnOff = async (input: { code: string; password?: string }) => {
    await send(DisableTwoFactorDocument, { input });
    await reload();
    onDone('Two-factor authentication is off.');
  };
  const renew = async (input: { code: string; password?: string }) => {
    const answer = await send(RegenerateRecoveryCodesDocument, { input });
    setRecoveryCodes(answer.regenerateRecoveryCodes.recoveryCodes);
    await reload();
  };
  return (
    <Row>
      <Button onPress={() => setDialog('codes')}>Make new recovery codes</Button>
      <Button onPress={() => setDialog('off')}>Turn off</Button>
      {dialog === 'off' && (
        <ConfirmTwoFactor
          title="Turn off two-factor authentication?"
          action="Turn off"
          run={turnOff}
          onClose={close}
        >
          Your password alone will be enough to sign in. Your recovery codes will not work any more.
        </ConfirmTwoFactor>
      )}
      {dialog === 'codes' && (
        <ConfirmTwoFactor
          title="Make new recovery codes?"
          action="Make new codes"
          run={renew}
          onClose={close}
        >
          You get ten new codes. Your old codes stop working at once.
        </ConfirmTwoFactor>
      )}
      {recoveryCodes !== undefined && (
        <NewRecoveryCodes codes={recoveryCodes} onClose={() => setRecoveryCodes(undefined)} />
      )}
    </Row>
  );
}
