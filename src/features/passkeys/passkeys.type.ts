import { Field, ID, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../../graphql/date-time.js';
import type { Ceremony } from './passkey.model.js';

@ObjectType('Passkey', { description: 'A passkey of a user: a WebAuthn credential.' })
export class PasskeyType {
  @Field(() => ID, { description: 'The id of the passkey: a UUID, not the WebAuthn credential id.' })
  id!: string;

  @Field(() => String, {
    description: 'The name of the passkey, chosen by the user or by the gateway: up to 100 characters.',
  })
  name!: string;

  @Field(() => Boolean, {
    description: "True if it was synced to the owner's other devices when it was last used.",
  })
  backedUp!: boolean;

  @Field(() => DateTimeISO, { description: 'The time of the registration.' })
  createdAt!: Date;

  @Field(() => DateTimeISO, {
    nullable: true,
    description:
      'The time when it last signed the user in, proved a second factor or authenticated again. Null if never.',
  })
  lastUsedAt!: Date | null;
}

@ObjectType({
  description:
    'Half of a WebAuthn ceremony: the options for the browser, and the token for the mutation that finishes it.',
})
export class PasskeyCeremony implements Ceremony {
  @Field(() => String, {
    description: 'The token for the mutation that finishes the ceremony. It works once, for five minutes.',
  })
  challengeToken!: string;

  @Field(() => String, {
    description:
      'JSON text for PublicKeyCredential.parseCreationOptionsFromJSON (registration) or parseRequestOptionsFromJSON.',
  })
  options!: string;

  @Field(() => DateTimeISO, { description: 'The time when the ceremony must be finished.' })
  expiresAt!: Date;
}
