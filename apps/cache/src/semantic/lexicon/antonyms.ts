/** One axis a line: the words of one pole, a bar, the words of the other; base forms. */
export const antonymAxes = `
enable activate | disable deactivate
on | off
increase raise boost grow expand rise gain maximize lengthen strengthen accelerate | decrease reduce lower cut shrink fall lose drop minimize shorten weaken decelerate lessen decline
gain | loss lose
profit | loss
add insert include append install attach | remove delete exclude uninstall detach subtract omit drop
create build make | delete destroy remove demolish
allow permit legal enable | forbid prohibit ban illegal block deny disallow prevent
accept approve | reject decline refuse deny disapprove
open | close shut closed
start begin launch resume | stop end finish quit halt terminate pause
first | last
early earlier earliest | late later latest
before prior pre | after post
above over | below under beneath
more most greater | less least fewer fewest
many | few
maximum max highest | minimum min lowest
high higher highest tall taller tallest | low lower lowest short shorter shortest
long longer longest | short shorter shortest
big bigger biggest large larger largest | small smaller smallest little tiny
hot hotter hottest warm warmer heat | cold colder coldest cool cooler freeze chill
heat | cool
fast faster fastest quick quicker quickest | slow slower slowest
speed | slow
cheap cheaper cheapest inexpensive affordable | expensive costly priciest pricier luxury
good better best | bad worse worst
benefit advantage pro upside strength | drawback disadvantage con downside risk weakness
positive | negative
right | wrong
right | left
correct | incorrect
true | false
buy purchase | sell sale
import | export
lend | borrow
win winner | lose loser
send | receive
give | take
push | pull
pushed | pulled
upload | download
encode | decode
encrypt | decrypt
compress zip | decompress unzip extract
serialize | deserialize
lock | unlock
mute | unmute
connect | disconnect
mount | unmount
attach | detach
subscribe join follow | unsubscribe leave unfollow
hide | show display reveal unhide
accept | decline
login | logout
signin | signout
upgrade | downgrade
promote | demote
hire | fire
employ | dismiss
deposit | withdraw
debit | credit
income revenue | expense expenditure cost
input | output
read | write
ascend ascending | descend descending
ascent | descent
even | odd
prime | composite
horizontal | vertical
width | height
row | column
vertex | edge
inside indoor inner internal | outside outdoor outer external
indoors | outdoors
interior | exterior
public | private
local | remote
local | global
sync synchronous | async asynchronous
static | dynamic
mutable | immutable
frontend | backend
client | server
male man men boy father son husband brother king | female woman women girl mother daughter wife sister queen
old older oldest elderly | young younger youngest
old | new
ancient | modern
adult | child kid children baby
day daytime | night nighttime
morning | evening night
north northern | south southern
east eastern | west western
summer | winter
hard difficult | easy simple
hard | soft
heavy | light
dark | light bright
thick | thin
fat | thin slim
wet | dry
sweet | sour bitter
raw | cooked
frozen | fresh thawed
freeze | thaw defrost melt
full | empty
fill | drain empty
rich wealthy | poor
strong | weak
safe | dangerous unsafe
healthy | unhealthy
happy | sad unhappy
love like | hate dislike
live alive | dead die
birth born | death die
cause | prevent cure
cause | effect
problem | solution
question | answer
pass | fail
success succeed | failure fail
attack | defend defense
war | peace
victory | defeat
friend | enemy
ally | enemy
guilty | innocent
major | minor
minor | adult
majority | minority
single | married
single | multiple
singular | plural
marry | divorce
arrive arrival | depart departure leave
enter entry | exit leave
entrance | exit
inhale | exhale
inbound incoming | outbound outgoing
domestic | international foreign
acid acidic | alkaline alkali base basic
predator | prey
supply | demand
bull bullish | bear bearish
long | short
fixed | variable
gross | net
asset | liability
employer | employee
landlord | tenant
teacher | student
doctor | patient
seller vendor | buyer customer
sender | recipient receiver
parent | child
front | back rear
top | bottom
forward | backward
forwards | backwards
clockwise | counterclockwise anticlockwise
tighten | loosen
inflate | deflate
inflation | deflation
dilute | concentrate
mix combine merge join | separate split divide
multiply | divide
sum plus | minus difference
integral integrate | derivative differentiate
sunrise | sunset
dawn | dusk
optimistic optimist | pessimistic pessimist
introvert | extrovert
conservative | liberal
offensive | defensive
active | passive
formal | informal casual
literal | figurative
agree | disagree
remember | forget
succeed | fail
save | spend
save | waste
save | discard
wake | sleep
awake | asleep
laugh | cry
tighten | loosen
visible | hidden invisible
artificial synthetic | natural
temporary | permanent
optional | mandatory required compulsory
voluntary | mandatory involuntary
always | never
everyone everybody | nobody
all | none
same | different
similar similarity | different difference
upper uppercase | lower lowercase
wireless | wired
online | offline
vegan vegetarian | meat
odd | even
hypertension | hypotension
hyperglycemia | hypoglycemia
hyperthyroidism | hypothyroidism
hypothermia | hyperthermia
systolic | diastolic
artery arterial | vein venous
benign | malignant
acute | chronic
viral virus | bacterial bacteria
stalactite | stalagmite
convex | concave
evaporation evaporate | condensation condense
evergreen | deciduous
reward | punish punishment
plaintiff | defendant
prosecution | defense
commit | revert
push | pop
enqueue | dequeue
stack | queue
merge | rebase
hardware | software
`;
