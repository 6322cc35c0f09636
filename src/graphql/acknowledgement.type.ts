import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A mutation with nothing else to say.' })
export class Acknowledgement {
  @Field(() => Boolean)
  success!: boolean;
}

/** `success: true`: failures are errors. */
export const acknowledged: Acknowledgement = { success: true };
