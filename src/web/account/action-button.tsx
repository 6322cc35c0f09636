import { useSubmit } from '../kit/use-submit.js';
import { Button, type ButtonLook } from '../ui/button.js';
import { Notice } from '../ui/notice.js';

interface ActionButtonProps extends ButtonLook {
  readonly run: () => Promise<unknown>;
  readonly 'aria-label'?: string;
  readonly children: string;
}

/** A button that runs an operation, and says why if it fails. */
export function ActionButton({ run, children, ...props }: ActionButtonProps) {
  const { isPending, fault, submit } = useSubmit(run);
  return (
    <>
      {fault !== undefined && <Notice kind="danger">{fault}</Notice>}
      <Button {...props} isPending={isPending} onPress={() => void submit(new FormData())}>
        {children}
      </Button>
    </>
  );
}
