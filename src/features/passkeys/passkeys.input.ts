import { Field, InputType } from 'type-graphql';
import type { TokenDelivery } from '../sessions/index.js';
import { RememberMeField, TokenDeliveryField } from '../sign-in/index.js';

@InputType({ description: 'The input of startPasskeyRegistration.' })
export class StartPasskeyRegistrationInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The current password of the caller. It may be left out if the session has authenticated recently; otherwise the error is REAUTHENTICATION_REQUIRED.',
  })
  password?: string | null;
}

@InputType({ description: 'The input of finishPasskeyRegistration.' })
export class FinishPasskeyRegistrationInput {
  @Field(() => String, { description: 'The token that startPasskeyRegistration returned.' })
  challengeToken!: string;

  @Field(() => String, {
    description:
      'JSON text of the RegistrationResponseJSON: JSON.stringify of the credential that navigator.credentials.create returned.',
  })
  credential!: string;

  @Field(() => String, {
    nullable: true,
    description: 'A name for the passkey, up to 100 characters. Without it, the gateway chooses one.',
  })
  name?: string | null;
}

@InputType({ description: 'The input of finishPasskeySignIn.' })
export class FinishPasskeySignInInput {
  @Field(() => String, { description: 'The token that startPasskeySignIn returned.' })
  challengeToken!: string;

  @Field(() => String, {
    description:
      'JSON text of the AuthenticationResponseJSON: JSON.stringify of the credential that navigator.credentials.get returned.',
  })
  credential!: string;

  @RememberMeField()
  rememberMe!: boolean;

  @TokenDeliveryField()
  tokenDelivery!: TokenDelivery;
}
