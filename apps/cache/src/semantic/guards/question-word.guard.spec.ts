import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import { questionWordGuard } from './question-word.guard.js';

describe('question-word guard: question words', () => {
  const vetoes = (a: string, b: string): boolean => questionWordGuard.vetoes(analyse(a), analyse(b));

  it.each([
    ['when and where', 'When was it built?', 'Where was it built?'],
    ['who and why', 'Who runs it?', 'Why does it run?'],
    ['measures', 'How much is it?', 'How old is it?'],
    ['yes or no, and why', 'Can I freeze milk?', 'Why can I freeze milk?'],
    ['who does and who is done to', 'Who wrote to the queen?', 'To whom did the queen write?'],
    ['what and where', 'What is Stonehenge?', 'Which country is Stonehenge in?'],
    ['what and when', 'What is Stonehenge?', 'When was Stonehenge?'],
  ])('vetoes %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([true, true]);
  });

  it.each([
    ['a noun that asks for a time', 'When was it built?', 'In which year was it built?'],
    ['ways', 'How do I do it?', 'What is the way to do it?'],
    ['causes', 'Why is it blue?', 'What makes it blue?'],
    ['persons', 'Who painted it?', 'Which artist painted it?'],
    ['a noun that names the thing', 'What is the capital of Peru?', 'Which city is the capital of Peru?'],
    ['a noun behind another word', 'What is the average person paid?', 'How is the average person paid?'],
    ['ability', 'Can I change my name here?', 'How do I change my name here?'],
    ['when that only joins', 'What should I do when it rains?', 'If it rains, what should I do?'],
  ])('lets pass %s', (_, a, b) => {
    expect([vetoes(a, b), vetoes(b, a)]).toEqual([false, false]);
  });
});
