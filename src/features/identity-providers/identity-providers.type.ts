import { Field, ID, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../../graphql/date-time.js';
import type { StartedSignIn } from './identity-provider.model.js';

@ObjectType('IdentityProvider', { description: 'An OpenID Connect provider that people can sign in with.' })
export class IdentityProviderType {
  @Field(() => ID, { description: 'The id of the provider in the settings of the gateway, such as google.' })
  id!: string;

  @Field(() => String, { description: 'The name to show on a button, such as Google.' })
  name!: string;
}

@ObjectType('Identity', { description: 'An account at an identity provider that can sign in as the user.' })
export class IdentityType {
  @Field(() => ID, { description: 'The id of the link: a UUID. unlinkIdentity takes it.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The email address that the provider gave at the last sign-in. It can differ from the address of the user. Null if the provider gave none.',
  })
  email!: string | null;

  @Field(() => DateTimeISO, { description: 'The time when the account at the provider was linked.' })
  createdAt!: Date;

  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'The time of the last sign-in by this account. Null if there was none.',
  })
  lastUsedAt!: Date | null;
}

@ObjectType({ description: 'The beginning of a sign-in by an identity provider.' })
export class ProviderSignIn implements StartedSignIn {
  @Field(() => String, {
    description:
      'The URL at the provider to send the browser to. The provider redirects to the gateway, and the gateway to the page /signed-in of the front end.',
  })
  authorizationUrl!: string;

  @Field(() => DateTimeISO, {
    description:
      'The time until which the person must have signed in at the provider: ten minutes after the start.',
  })
  expiresAt!: Date;
}
