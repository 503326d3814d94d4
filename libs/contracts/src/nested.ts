import 'reflect-metadata';
import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import type { MessageClass } from './define-contract.js';

const key = Symbol('nested message');

/** On a member that is a message itself, or with `each` a list of them: checked by that class, over RPC and over REST. */
export function Nested(type: () => MessageClass<object>, options: { readonly each?: boolean } = {}): PropertyDecorator {
  return (target, property) => {
    ValidateNested(options)(target, property);
    Type(type)(target, property);
    Reflect.defineMetadata(key, type, target, property);
  };
}

/** The class of a member that is marked so. */
export function nestedClass(type: MessageClass<object>, property: string): MessageClass<object> | undefined {
  const prototype = type.prototype as object;
  const found = Reflect.getMetadata(key, prototype, property) as (() => MessageClass<object>) | undefined;
  return found?.();
}
