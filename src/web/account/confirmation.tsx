import { useSubmit } from '../kit/use-submit.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Form } from '../ui/form.js';

interface ConfirmationProps {
  readonly title: string;
  /** The text of the confirm button. */
  readonly action: string;
  readonly run: () => Promise<unknown>;
  readonly onClose: () => void;
  /** What will happen. */
  readonly children: React.ReactNode;
}

/** Asks before something that cannot be undone. Closes when it is done. */
export function Confirmation({ title, action, run, onClose, children }: ConfirmationProps) {
  const submission = useSubmit(async () => {
    await run();
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        action={action}
        kind="danger"
        submission={submission}
        beside={
          <Button kind="quiet" autoFocus onPress={onClose}>
            Cancel
          </Button>
        }
      >
        {children}
      </Form>
    </Dialog>
  );
}
