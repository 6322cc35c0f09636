import { Field, ID, InputType } from 'type-graphql';
import type { TokenDelivery } from '../sessions/index.js';
import { RememberMeField, TokenDeliveryField } from '../sign-in/index.js';
import type { Start } from './identity-provider.model.js';

@InputType({ description: 'The input of startProviderSignIn and linkIdentity.' })
export class StartProviderSignInInput implements Start {
  @Field(() => ID, { description: 'The id of the provider, as identityProviders lists it.' })
  provider!: string;

  @Field(() => String, {
    description:
      'BASE64URL(SHA256(verifier)) of a random verifier that only the caller knows (RFC 7636 S256): 43 characters. finishProviderSignIn needs the verifier.',
  })
  codeChallenge!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The path of the front end to go to afterwards: it begins with one "/" and has up to 1,024 characters. The page /signed-in gets it back as return_to.',
  })
  returnTo?: string | null;
}

@InputType({ description: 'The input of finishProviderSignIn.' })
export class FinishProviderSignInInput {
  @Field(() => String, {
    description: 'The code in the URL of the page /signed-in. It works once, within a minute.',
  })
  code!: string;

  @Field(() => String, {
    description: 'The verifier whose hash was the codeChallenge. A wrong one uses up the code.',
  })
  codeVerifier!: string;

  @RememberMeField()
  rememberMe!: boolean;

  @TokenDeliveryField('How the client receives the refresh token. verifyTwoFactor uses the same choice.')
  tokenDelivery!: TokenDelivery;
}
