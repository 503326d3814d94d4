import { describe, expect, it } from '@jest/globals';
import { classify } from './classify.js';
import { TtlRuleSet, TtlRulesError, ttlRuleFaults } from './ttl-rule-set.js';
import { daysToNearestDate, yearsIn } from './near-date.js';

const nowMs = Date.UTC(2026, 10, 21, 12);

describe('TTL classes', () => {
  it.each([
    ['What is the capital of France?', 'static', 'knowledge'],
    ['How do I reset my password?', 'static', 'knowledge'],
    ['What happened in 1989?', 'general', 'anything-else'],
    ['Write a poem about snow', 'general', 'anything-else'],
    ["What's the weather in Paris today?", 'time-sensitive', 'daily'],
    ['What happened on November 20, 2026?', 'time-sensitive', 'daily'],
    ['What is the latest version of Node?', 'time-sensitive', 'changing'],
    ['What will happen in 2027?', 'time-sensitive', 'changing'],
    ['How much does a Tesla cost?', 'time-sensitive', 'changing'],
    ['What time is it in Tokyo?', 'time-sensitive', 'this-minute'],
    ['Where is my order?', 'user-specific', 'own-business'],
    ['when will my last three orders arrive', 'user-specific', 'own-business'],
    ['What’s my balance?', 'user-specific', 'own-business'],
    ['Where is my order today?', 'user-specific', 'own-business'],
    ['What year is it?', 'time-sensitive', 'daily'],
    ['How old is the pope?', 'time-sensitive', 'changing'],
    ['Do I have unread messages?', 'user-specific', 'own-self'],
    ['Wie hoch ist mein Kontostand?', 'user-specific', 'own-elsewhere'],
    ['¿Dónde está mi pedido?', 'user-specific', 'own-elsewhere'],
    ['Où est ma commande ?', 'user-specific', 'own-elsewhere'],
    ['Где мой заказ?', 'user-specific', 'own-elsewhere'],
    ['Was ist heute los in Berlin?', 'time-sensitive', 'daily-elsewhere'],
    ['Quel temps fait-il aujourd’hui ?', 'time-sensitive', 'daily-elsewhere'],
    ['Warum ist der Himmel blau?', 'general', 'anything-else'],
    ['What is the population of Boston, MA?', 'static', 'knowledge'],
  ])('%s is %s', (question, name, rule) => {
    expect(classify(question, undefined, { nowMs, userId: 'u1' })).toMatchObject({ class: name, rule });
  });

  it('keeps knowledge longer than what changes, and what changes by the minute not at all', () => {
    const [knowledge, changing, daily] = ['What is salt?', 'Price of salt', 'Weather today'].map((text) =>
      classify(text),
    );
    expect(knowledge?.ttlSeconds).toBeGreaterThan(86_400);
    expect(changing?.ttlSeconds).toBeLessThan(86_400);
    expect(daily?.ttlSeconds).toBeLessThan(changing?.ttlSeconds ?? 0);
    expect(classify('What is the bitcoin price right now?').store).toBe(false);
  });

  it('parts user-specific answers by user, and does not store them for nobody', () => {
    const decision = classify('Where is my order?', undefined, { userId: 'u1' });
    expect(decision).toMatchObject({ partitionByUser: true, store: true });
    expect(classify('Where is my order?')).toMatchObject({ partitionByUser: true, store: false });
    expect(classify('Where is my order?', undefined, { userId: '' }).store).toBe(false);
  });

  it('follows the rules of the cache instead, the first one first', () => {
    const rules = TtlRuleSet.of([
      { name: 'faq', class: 'faq', when: { phrases: ['my order'] }, unless: { phrases: ['cancel*'] }, ttlSeconds: 5 },
      { name: 'rest', class: 'rest', store: false },
    ]);
    expect(classify('Where is MY  Order?', rules)).toEqual({
      class: 'faq',
      ttlSeconds: 5,
      store: true,
      partitionByUser: false,
      rule: 'faq',
    });
    expect(classify('Cancelling my order', rules)).toMatchObject({ class: 'rest', store: false });
    expect(classify('anything', TtlRuleSet.of([]))).toMatchObject({ class: 'general', store: true, rule: 'none' });
  });

  it('takes phrases at the ends of words only, with a rest or a gap where they say so', () => {
    const rules = TtlRuleSet.of([{ name: 'r', class: 'found', when: { phrases: ['cat', 'order*', 'my … bill'] } }]);
    const found = (text: string) => classify(text, rules).class === 'found';
    expect(['a cat!', 'Cat', 'my orders', 'order-nr', 'my last phone bill', 'my bill'].map(found)).not.toContain(false);
    expect(['concat', 'cats', 'cat5', 'reorder', 'my a b c d bill', 'my car. A bill'].map(found)).not.toContain(true);
  });

  it('reads the beginning and the end of long texts', () => {
    const long = `${'lorem ipsum '.repeat(5_000)} where is my order?`;
    expect(classify(long).class).toBe('user-specific');
  });
});

describe('TTL rules', () => {
  it('may have so many characters in all, since compiling them takes time', () => {
    const rule = (name: string) => ({
      name,
      class: 'c',
      when: { phrases: Array.from({ length: 500 }, () => 'x'.repeat(60)) },
    });
    expect(ttlRuleFaults([rule('a')])).toEqual([]);
    expect(ttlRuleFaults([rule('a'), rule('b')])).toEqual([expect.stringContaining('50000 characters')]);
  });

  it.each([
    [{}, 'rules must be an array'],
    [[1], 'rules[0] must be an object'],
    [[{ name: 'A', class: 'b' }], 'rules[0].name'],
    [[{ name: 'a', class: 'b', ttl: 5 }], 'no member "ttl"'],
    [[{ name: 'a', class: 'b', ttlSeconds: 0 }], 'rules[0].ttlSeconds'],
    [[{ name: 'a', class: 'b', ttlSeconds: 1.5 }], 'rules[0].ttlSeconds'],
    [[{ name: 'a', class: 'b', store: 'no' }], 'rules[0].store'],
    [[{ name: 'a', class: 'b', when: {} }], 'rules[0].when must have a condition'],
    [[{ name: 'a', class: 'b', when: { phrases: ['*'] } }], 'rules[0].when.phrases'],
    [[{ name: 'a', class: 'b', when: { phrases: ['x'.repeat(101)] } }], 'rules[0].when.phrases'],
    [[{ name: 'a', class: 'b', unless: { dateWithinDays: -1 } }], 'rules[0].unless.dateWithinDays'],
    [Array.from({ length: 101 }, () => ({ name: 'a', class: 'b' })), 'at most 100 rules'],
  ])('refuses %j', (rules, fault) => {
    expect(ttlRuleFaults(rules).join()).toContain(fault);
    expect(() => TtlRuleSet.of(rules)).toThrow(TtlRulesError);
  });

  it('takes every sign in a phrase as it stands', () => {
    const rules = TtlRuleSet.of([
      { name: 'sign', class: 'sign', when: { phrases: ['c++ (beta)', 'a.b', '$5', 'x-y'] } },
    ]);
    expect(classify('is C++ (Beta) out', rules).rule).toBe('sign');
    expect(classify('aXb', rules).rule).toBe('none');
    expect(classify('is it x-y', rules).rule).toBe('sign');
  });
});

describe('dates near now', () => {
  it.each([
    ['on 2026-11-20', 1],
    ['on November 23rd', 2],
    ['on 1 Dec 2026', 10],
    ['on the 1st of January', 41],
    ['never', Infinity],
  ])('%s is %d days away', (text, days) => {
    expect(daysToNearestDate(text, nowMs)).toBe(days);
  });

  it('knows years from other numbers', () => {
    expect(yearsIn('in 2027 and 1999')).toEqual([2027, 1999]);
    expect(yearsIn('$2027, 12027, 2027.5 and 2027%')).toEqual([]);
  });
});
