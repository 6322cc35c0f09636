import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'New recovery codes of the caller. The gateway keeps only their hashes.' })
export class RecoveryCodes {
  @Field(() => [String], {
    description: 'Ten single-use codes, returned only in this answer. Show them to the user at once.',
  })
  recoveryCodes!: string[];
}
