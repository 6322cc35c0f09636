import { useEffect, useState } from 'react';
import type { PasswordOwner } from '../../password-rules/rules.js';
import type { Assessment } from '../../password-rules/strength.js';
import { assess } from './password-strength.js';
import styles from './strength-meter.module.css';

/** Long enough that screen readers speak after the typing, not at every key. */
const PAUSE_MS = 500;
const PRAISE: Readonly<Record<number, string>> = { 2: 'Good enough.', 3: 'Strong.', 4: 'Very strong.' };

interface StrengthMeterProps extends PasswordOwner {
  readonly password: string;
}

/** How strong a new password is, and what to change. */
export function StrengthMeter({ password, username, localPart }: StrengthMeterProps) {
  const [assessment, setAssessment] = useState<Assessment>();
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(async () => {
      const found = password === '' ? undefined : await assess(password, { username, localPart });
      if (isCurrent) setAssessment(found);
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [password, username, localPart]);
  const { score = 0, fault } = assessment ?? {};
  return (
    <div className={styles.meter}>
      <div className={styles.bar} data-score={assessment && Math.max(score, 1)} aria-hidden="true">
        <span />
        <span />
        <span />
        <span />
      </div>
      <p className={styles.words} role="status">
        {assessment === undefined ? '' : (fault ?? PRAISE[score])}
      </p>
    </div>
  );
}
