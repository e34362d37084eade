import sys, time, collections
from portal_pipeline_tests.simulation.seeds import play
from portal_pipeline_tests.simulation.plays import names
a,b=map(int,sys.argv[1].split("-")); calm="calm" in sys.argv
t=time.process_time(); inv=collections.Counter(); fired=0
for s in range(a,b+1):
    r=play(s, strikes=() if calm else None)
    fired+=len(r.fired)
    if r.violations:
        print("=====",s,r.scenario,[str(x) for x in r.strikes if x in r.fired], r.failed[:3])
        for v in r.violations[:6]: print("   ",v.invariant,"|",v.text[:600]); inv[v.invariant]+=1
print(inv, "fired",fired,"cpu/seed",(time.process_time()-t)/(b-a+1))
