import cProfile,pstats,time,sys
from tests.proof.test_figures import *
@pytest.mark.timeout(300)
def test_prof(seeded):
    p=cProfile.Profile(); t=time.process_time(); w=time.monotonic()
    p.enable(); analytics.rebuild(batch=2000); p.disable()
    print('cpu',time.process_time()-t,'wall',time.monotonic()-w)
    pstats.Stats(p).sort_stats('tottime').print_stats(14)
