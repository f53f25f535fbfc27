"""What the year's purchases and votes change."""

import lockin_sim as ls
from lockin_sim.common.draws import combine, label_keys
from lockin_sim.world import World
from reference.chance import Chance
from reference.finance import Loans
from reference.initial import expansion
from reference.state import Market, State, everything_installed, shares, table
from reference.year import Year, binding, demands, entered, sponsor_of


def compliance(world: World, state: State, year: Year, p: ls.Parameters) -> list[list[list[float]]]:
    """Standards that vendors build to next year: one after the other (D4, D13 to D15), or as a mix (D5)."""
    domain, country, vendor = world.shape
    base, after = everything_installed(world, state), table(domain, vendor)
    families = range(len(world.standards))
    there = [world.standard_entry[s] <= year.year for s in families]
    for d in range(domain):
        deployed = [
            [base[d, i][v] * year.now.market_size[d, i] for v in range(vendor)] for i in range(country)
        ]
        world_base = shares([sum(deployed[i][v] for i in range(country)) for v in range(vendor)])
        spread = [sum(x * state.compliance[d][v][s] for v, x in enumerate(world_base)) for s in families]
        binds = {b: binding(world, p, b) for b in range(len(world.bodies)) if year.now.mandate[b, d]}
        whole = sum(binds.values()) or 1.0
        status = [sum(w * state.status[b][d][s] for b, w in binds.items()) / whole for s in families]
        status = [f if there[s] else 0.0 for s, f in enumerate(status)]
        demanded = [_demanded(world, state, year, deployed, d, s) for s in families]
        for v in range(vendor):
            h = sponsor_of(world, d, v)
            own = -1 if h is None else int(world.family[h])
            push = 1.0 if h is None else year.now.standard_push[h]
            liked = [p.own_standard_preference * push * (s == own and there[s]) for s in families]
            now = state.compliance[d][v]
            if p.exclusive_compliance >= 0.5:
                pull = [liked[s] + status[s] * spread[s] for s in families]
                target = [x / sum(pull) for x in pull] if sum(pull) > 0 else now
            else:
                target = []
                for s in families:
                    deaf = 1 - min(1.0, liked[s])
                    deaf *= 1 - p.compliance_travel * demanded[s]
                    deaf *= 1 - p.compliance_pull * status[s]
                    target.append(max(world.initial_compliance[d, v, s], 1 - deaf))
            after[d][v] = [a + p.compliance_rate * (t - a) for a, t in zip(now, target, strict=True)]
    return after


def _demanded(world: World, state: State, year: Year, deployed: list[list[float]], d: int, s: int) -> float:
    """Share of the world's base in markets that demand a family; none where systems are adopted (D15)."""
    total = sum(sum(row) for row in deployed)
    if world.buyer[d] == "adopters" or not total > 0:
        return 0.0
    return sum(sum(row) for i, row in enumerate(deployed) if demands(state, year, d, i, s)) / total


def deploy(world: World, state: State, year: Year, p: ls.Parameters, markets: dict) -> None:
    """Deployments, in years of the world market; quality by imitation (P5).

    Operators buy from whoever runs their base beside their contracts (T6)."""
    domain, country, vendor = world.shape
    base = everything_installed(world, state)
    for d in range(domain):
        follows = expansion(world, p, d) if world.buyer[d] == "operator" else 0.0
        size = sum(year.now.market_size[d, i] for i in range(country))
        there = [v for v in range(vendor) if entered(world, year.year, d, v)]
        best = max((year.quality[d][v] for v in there), default=0.0)
        for v in range(vendor):
            bought = sum(markets[d, i].bought[v] for i in range(country))
            beside = sum(follows * base[d, i][v] * year.now.market_size[d, i] for i in range(country))
            state.deployed[d][v] += (bought + beside) / size
            if v in there:
                state.quality_gained[d][v] += p.catch_up_rate * (best - year.quality[d][v])


def become_better_or_worse(world: World, state: State, year: Year, p: ls.Parameters, chance: Chance) -> None:
    """Qualities drift once they are not on record any more (P12)."""
    if not p.quality_spread:
        return
    names = [*world.vendors, ""]  # the last of empty slots
    for d, domain in enumerate(world.domains):
        for v, index in enumerate(world.slot_vendor[d].tolist()):
            if year.now.quality_uncertain[d, v]:
                labels = label_keys([domain])[0], combine(label_keys([names[index]]))[0]
                shock = chance.normal("quality", combine(*labels)[0], year=year.year + 1)
                state.quality_gained[d][v] += p.quality_spread * shock


def drift(world: World, state: State, year: Year, p: ls.Parameters) -> None:
    """Affinity drifts towards the sponsors of platforms in use (D6, D7)."""
    if not p.affinity_drift:
        return
    base, domains = (
        everything_installed(world, state),
        [d for d in range(world.shape[0]) if world.platform[d]],
    )
    for i in range(world.shape[1]):
        use = []
        for h in range(len(world.sponsors)):
            mine = (k for d in domains for v, k in enumerate(base[d, i]) if sponsor_of(world, d, v) == h)
            use.append(sum(mine) / max(len(domains), 1))
        for h, share in enumerate(use):
            now = year.affinity[i][h]
            moved = now + p.affinity_drift * (share - sum(use) / len(use))
            state.drift[i][h] += min(1.0, max(-1.0, moved)) - now


def debts(
    world: World, state: State, year: Year, p: ls.Parameters, loans: Loans, lent: list[list[float]]
) -> list[list[float]]:
    """Loans are booked and repaid; lenders learn what is taken (F5, F6).  Returns what is repaid."""
    country, lenders = range(world.shape[1]), range(len(world.lenders.names))
    repaid = state.due.pop(year.step, table(world.shape[1], len(world.sponsors)))
    for i in country:
        for lender in lenders:
            state.debt[i][int(world.lenders.sponsor[lender])] += lent[i][lender]
        for h in range(len(world.sponsors)):
            state.debt[i][h] -= repaid[i][h]
    for lender in lenders:
        grace = round(float(year.now.grace[lender]))
        last = max(round(float(year.now.tenor[lender])), grace + 1)
        for when in range(year.step + grace + 1, year.step + last + 1):
            due = state.due.setdefault(when, table(world.shape[1], len(world.sponsors)))
            for i in country:
                due[i][int(world.lenders.sponsor[lender])] += lent[i][lender] / (last - grace)
        spent = sum(lent[i][lender] for i in country)
        promised = loans.by_rule[lender]
        if any(year.now.recorded_loans[i, lender] >= 0 for i in country):
            promised = 0.0  # nothing is learned
        state.overspent[lender] = max(0.0, state.overspent[lender] + spent - year.now.envelope[lender])
        if promised > 0:
            memory = p.take_up_memory
            state.take_up[lender] = memory * state.take_up[lender] + (1 - memory) * spent / promised
    return repaid


def revenue(
    world: World, state: State, year: Year, p: ls.Parameters, markets: dict[tuple[int, int], Market]
) -> list[list[float]]:
    """Sales of the year by domain and vendor, USD bn of the world."""
    domain, country, vendor = world.shape
    base, sales = everything_installed(world, state), table(domain, vendor)
    for d in range(domain):
        years, follows = int(world.contract_years[d]), expansion(world, p, d)
        for v in range(vendor):
            signed = sum(markets[d, i].bought[v] for i in range(country))
            if not world.expansion_share[d] >= 1:
                for ahead in range(years):
                    state.book[ahead][d][v] += signed / years
            capacity = sum(base[d, i][v] * year.now.market_size[d, i] for i in range(country))
            sales[d][v] = state.book[0][d][v] + follows * capacity
    state.book = [*state.book[1:], table(domain, vendor)]
    state.sold = [*state.sold[1:], _sold(world, state, sales)]
    return sales


def _sold(world: World, state: State, sales: list[list[float]]) -> list[list[float]]:
    """Shares of the year's sales by domain and sponsor; a year without sales is like the one before."""
    year = [[*row] for row in state.sold[-1]]
    for d, row in enumerate(sales):
        if sum(row) > 0:
            year[d] = [0.0] * len(world.sponsors)
            for v, share in enumerate(shares(row)):
                h = sponsor_of(world, d, v)
                if h is not None:
                    year[d][h] += share
    return year
