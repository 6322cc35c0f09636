import { useEffect, useState } from 'react';
import { Button, type ButtonLook } from './button.js';

/** How long the button says that it has copied. */
const SHOWN_MS = 3000;

interface CopyButtonProps {
  readonly text: string;
  /** What the button says, such as "Copy the codes". */
  readonly children: string;
  readonly size?: ButtonLook['size'];
}

/** Puts a text into the clipboard, and says so. */
export function CopyButton({ text, children, size }: CopyButtonProps) {
  const [outcome, setOutcome] = useState('');
  useEffect(() => {
    if (outcome === '') return;
    const timer = setTimeout(() => setOutcome(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    copyText(text).then(
      () => setOutcome('Copied'),
      () => setOutcome('The browser does not let this page copy. Select the text.'),
    );
  return (
    <>
      <Button size={size} onPress={() => void copy()}>
        {children}
      </Button>
      <span role="status">{outcome}</span>
    </>
  );
}

// Over plain HTTP there is no clipboard.
const copyText = async (text: string) => navigator.clipboard.writeText(text);
