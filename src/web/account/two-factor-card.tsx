import { useState } from 'react';
import { hasCode } from '../kit/errors.js';
import { reload } from '../kit/query.js';
import { request } from '../kit/request.js';
import { Button } from '../ui/button.js';
import { Row } from '../ui/layout.js';
import { ActionButton } from './action-button.js';
import { ConfirmTwoFactor } from './confirm-two-factor.js';
import { Done } from './done.js';
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
  const [done, setDone] = useState<string>();
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
      <Done>{done}</Done>
      {twoFactorEnabled ? <TurnedOn onDone={setDone} /> : <TurnedOff onDone={setDone} />}
    </>
  );
}

interface PartProps {
  readonly onDone: (words: string | undefined) => void;
}

function TurnedOff({ onDone }: PartProps) {
  const [setup, setSetup] = useState<Setup>();
  const start = async () => {
    onDone(undefined);
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
  const [dialog, setDialog] = useState<'off' | 'codes'>();
  const [recoveryCodes, setRecoveryCodes] = useState<readonly string[]>();
  const close = () => setDialog(undefined);
  const turnOff = async (input: { code: string; password?: string }) => {
    await request(DisableTwoFactorDocument, { input });
    onDone('Two-factor authentication is off.');
    await reload();
  };
  const renew = async (input: { code: string; password?: string }) => {
    const answer = await request(RegenerateRecoveryCodesDocument, { input });
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
          You get ten new codes. All codes that you have now stop working.
        </ConfirmTwoFactor>
      )}
      {recoveryCodes !== undefined && (
        <NewRecoveryCodes codes={recoveryCodes} onClose={() => setRecoveryCodes(undefined)} />
      )}
    </Row>
  );
}
