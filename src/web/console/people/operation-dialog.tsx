import { useState } from 'react';
import { useSubmit } from '../../kit/use-submit.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Form } from '../../ui/form.js';
import { Notice } from '../../ui/notice.js';
import styles from './person.module.css';

/** Something that an admin can do to a person. */
export interface Operation {
  /** What the button on the page says. */
  readonly name: string;
  /** What it is for, in a line. */
  readonly about: string;
  /** The question of the dialog. */
  readonly title: string;
  /** What will happen. */
  readonly consequences: string;
  /** What happens if the admin does it to themselves. */
  readonly warning?: string | undefined;
  /** What the button of the dialog says. */
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly fields?: React.ReactNode;
  /** Returns the outcome in words. */
  readonly run: (data: FormData) => Promise<string>;
}

interface OperationRowProps {
  readonly operation: Operation;
  readonly onDone: (outcome: string) => void;
}

/** A line with the button that opens the dialog. */
export function OperationRow({ operation, onDone }: OperationRowProps) {
  const [isOpen, setOpen] = useState(false);
  const done = (outcome: string) => {
    setOpen(false);
    onDone(outcome);
  };
  return (
    <li className={styles.operation}>
      <p>{operation.about}</p>
      <Button size="small" onPress={() => setOpen(true)}>
        {operation.name}
      </Button>
      {isOpen && <OperationDialog operation={operation} onDone={done} onClose={() => setOpen(false)} />}
    </li>
  );
}

function OperationDialog({ operation, onDone, onClose }: OperationRowProps & { onClose: () => void }) {
  const { title, consequences, warning, action, isDangerous = false, fields, run } = operation;
  const submission = useSubmit(async (data) => onDone(await run(data)));
  const cancel = (
    <Button kind="quiet" onPress={onClose}>
      Cancel
    </Button>
  );
  return (
    <Dialog title={title} onClose={onClose}>
      {warning !== undefined && (
        <Notice kind="warning" title="This is you">
          {warning}
        </Notice>
      )}
      <p>{consequences}</p>
      <Form action={action} kind={isDangerous ? 'danger' : 'primary'} submission={submission} beside={cancel}>
        {fields}
      </Form>
    </Dialog>
  );
}
