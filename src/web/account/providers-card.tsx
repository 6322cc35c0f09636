import { useEffect, useState } from 'react';
import { client } from '../kit/client.js';
import { reload } from '../kit/query.js';
import { reloadWhenBack } from '../kit/reload-when-back.js';
import { request, withStepUp } from '../kit/request.js';
import { Button } from '../ui/button.js';
import { Row } from '../ui/layout.js';
import { Time } from '../ui/time.js';
import { ActionButton } from './action-button.js';
import { Confirmation } from './confirmation.js';
import { Done, useDone } from './done.js';
import { UnlinkIdentityDocument } from './generated/operations.js';
import { Item, List } from './list.js';
import { unlessGone } from './unless-gone.js';
import { type Identity, useAccount } from './use-account.js';

export function ProvidersCard() {
  const { identities, providers } = useAccount();
  const [done, setDone] = useDone();
  useEffect(reloadWhenBack, []);
  return (
    <>
      <p>Link an account that you have elsewhere to sign in with it.</p>
      <Done outcome={done} />
      <List
        label="Linked accounts"
        empty="No account is linked yet."
        items={identities ?? []}
        render={(identity) => <IdentityItem identity={identity} onDone={setDone} />}
      />
      <Row>
        {providers.map(({ id, name }) => (
          <ActionButton key={id} run={() => withStepUp(() => client.linkProvider(id, '/account'))}>
            {`Link an account at ${name}`}
          </ActionButton>
        ))}
      </Row>
    </>
  );
}

function IdentityItem({ identity, onDone }: { identity: Identity; onDone: (words: string) => void }) {
  const { id, email, createdAt, lastUsedAt, provider } = identity;
  const [isAsking, setAsking] = useState(false);
  const unlink = async () => {
    await request(UnlinkIdentityDocument, { id }).catch(unlessGone);
    await reload();
    onDone(`Your account at ${provider.name} is unlinked.`);
  };
  return (
    <Item
      title={provider.name}
      facts={[
        <bdi key="email">{email ?? 'Email address not known'}</bdi>,
        <>
          Linked <Time value={createdAt} />,{' '}
          {lastUsedAt === null ? (
            'never used'
          ) : (
            <>
              last used <Time value={lastUsedAt} />
            </>
          )}
        </>,
      ]}
    >
      <Button
        size="small"
        aria-label={`Unlink ${provider.name} ${email ?? ''}`}
        onPress={() => setAsking(true)}
      >
        Unlink
      </Button>
      {isAsking && (
        <Confirmation
          title={`Unlink your account at ${provider.name}?`}
          action="Unlink"
          run={unlink}
          onClose={() => setAsking(false)}
        >
          <p>
            You can no longer sign in here with {provider.name}. Your account at {provider.name} is not
            changed.
          </p>
        </Confirmation>
      )}
    </Item>
  );
}
