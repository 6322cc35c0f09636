import { useState } from 'react';
import { Button } from '../ui/button.js';

interface RevealProps {
  /** What the button says. */
  readonly action: string;
  readonly children: (close: () => void) => React.ReactNode;
}

/** A button, which is replaced by what it opens. Gets the focus back when that is closed. */
export function Reveal({ action, children }: RevealProps) {
  const [state, setState] = useState<'new' | 'open' | 'closed'>('new');
  if (state === 'open') return children(() => setState('closed'));
  return (
    <div>
      <Button autoFocus={state === 'closed'} onPress={() => setState('open')}>
        {action}
      </Button>
    </div>
  );
}
