import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import styles from './dialog.module.css';

interface DialogProps {
  readonly title: string;
  /** Called when the user presses Escape or, unless `isModalOnly`, outside of the dialog. */
  readonly onClose: () => void;
  /** Presses outside do nothing, so that what is shown once is not lost. */
  readonly isModalOnly?: boolean;
  readonly isWide?: boolean;
  readonly children: React.ReactNode;
}

/** A dialog, open as long as it is rendered. The focus stays in it and then returns. */
export function Dialog({ title, onClose, isModalOnly = false, isWide = false, children }: DialogProps) {
  return (
    <ModalOverlay
      isOpen
      isDismissable={!isModalOnly}
      onOpenChange={(isOpen) => isOpen || onClose()}
      className={styles.overlay}
    >
      <Modal className={isWide ? styles.wide : styles.modal}>
        <AriaDialog className={styles.dialog}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
