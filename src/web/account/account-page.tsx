import { PageTitle } from '../kit/page-title.js';
import { settings } from '../kit/settings.js';
import { Shell } from '../kit/shell.js';
import { useViewer } from '../kit/viewer.js';
import { Card } from '../ui/layout.js';
import styles from './account.module.css';
import { ActivityCard } from './activity-card.js';
import { DevicesCard } from './devices-card.js';
import { EmailCard } from './email-card.js';
import { PasskeysCard } from './passkeys-card.js';
import { PasswordCard } from './password-card.js';
import { ProfileCard } from './profile-card.js';
import { ProvidersCard } from './providers-card.js';
import { TwoFactorCard } from './two-factor-card.js';
import { useAccount } from './use-account.js';

const CARDS: readonly (readonly [id: string, title: string, Content: React.ComponentType])[] = [
  ['profile', 'Profile', ProfileCard],
  ['email', 'Email address', EmailCard],
  ['password', 'Password', PasswordCard],
  ['two-factor', 'Two-factor authentication', TwoFactorCard],
  ['passkeys', 'Passkeys', PasskeysCard],
  ['providers', 'Linked accounts', ProvidersCard],
  ['devices', 'Devices', DevicesCard],
  ['activity', 'Recent activity', ActivityCard],
];

export function AccountPage() {
  return (
    <Shell links={<Links />}>
      <PageTitle>Your account</PageTitle>
      <Cards />
    </Shell>
  );
}

function Links() {
  const { role } = useViewer();
  const hasConsole = settings.pages.includes('console') && (role === 'STAFF' || role === 'ADMIN');
  return (
    <>
      <a href="/account" aria-current="page">
        Your account
      </a>
      {hasConsole && <a href="/console">Console</a>}
    </>
  );
}

function Cards() {
  const { providers, identities } = useAccount();
  const hasProviders = providers.length > 0 || (identities ?? []).length > 0;
  const cards = CARDS.filter(([id]) => id !== 'providers' || hasProviders);
  return (
    <div className={styles.layout}>
      <nav className={styles.contents} aria-label="On this page">
        {cards.map(([id, title]) => (
          <a key={id} href={`#${id}`}>
            {title}
          </a>
        ))}
      </nav>
      <div className={styles.cards}>
        {cards.map(([id, title, Content]) => (
          <div key={id} id={id}>
            <Card title={title}>
              <Content />
            </Card>
          </div>
        ))}
      </div>
    </div>
  );
}
