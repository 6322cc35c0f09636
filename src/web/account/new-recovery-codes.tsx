import { useEffect } from 'react';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Row } from '../ui/layout.js';
import { RecoveryCodes } from './recovery-codes.js';

interface NewRecoveryCodesProps {
  readonly codes: readonly string[];
  readonly onClose: () => void;
}

const ignore = () => {};

/** Shows codes that nobody can show again, so neither Escape nor a press outside closes it. */
export function NewRecoveryCodes({ codes, onClose }: NewRecoveryCodesProps) {
  useEffect(() => {
    // The old codes do not work any more: leaving now would lock the user out of a lost phone.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, []);
  return (
    <Dialog title="Your new recovery codes" onClose={ignore} isModalOnly isWide>
      <RecoveryCodes codes={codes} />
      <Row>
        <Button kind="primary" onPress={onClose}>
          I have saved the codes
        </Button>
      </Row>
    </Dialog>
  );
}
