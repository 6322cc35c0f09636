import { createPortal } from 'react-dom';
import { settings } from '../kit/settings.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Row } from '../ui/layout.js';
import { exactTime } from '../ui/time.js';
import { downloadText } from './download-text.js';
import styles from './recovery-codes.module.css';
import { useAccount } from './use-account.js';

/** Recovery codes, to be copied, downloaded or printed. */
export function RecoveryCodes({ codes }: { readonly codes: readonly string[] }) {
  const { username } = useAccount();
  const { name } = settings.brand;
  const facts = [`${name}: recovery codes`, `Account: ${username}`, `Made: ${exactTime(new Date())}`];
  const advice = 'Each code works once, in place of a code from your authenticator app.';
  const download = () => {
    const slug = name.replaceAll(/[^\p{L}\p{N}]+/gu, '-').toLowerCase();
    downloadText(`${slug}-recovery-codes.txt`, [...facts, '', ...codes, '', advice, ''].join('\n'));
  };
  return (
    <>
      <p>
        {advice} Keep them where you can get at them without your phone. Nobody can show them to you again.
      </p>
      <List codes={codes} />
      <Row>
        <CopyButton text={codes.join('\n')}>Copy the codes</CopyButton>
        <Button onPress={download}>Download</Button>
        <Button onPress={() => print()}>Print</Button>
      </Row>
      {createPortal(
        <div className={styles.sheet}>
          {facts.map((fact) => (
            <p key={fact}>{fact}</p>
          ))}
          <List codes={codes} />
          <p>{advice}</p>
        </div>,
        document.body,
      )}
    </>
  );
}

function List({ codes }: { readonly codes: readonly string[] }) {
  return (
    <ul className={styles.codes} aria-label="Recovery codes">
      {codes.map((code) => (
        <li key={code}>
          <code>{code}</code>
        </li>
      ))}
    </ul>
  );
}
